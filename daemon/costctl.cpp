#include "daemon/costctl.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "daemon/costctl_client.hpp"
#include "daemon/costctl_command.hpp"
#include "ledger/time/calendar.hpp"

namespace costd {
namespace {

std::string socket_of(const Arguments& arguments) {
  if (arguments.has("socket")) return arguments.get("socket");
  const char* const named = std::getenv("COSTD_SOCKET");
  return named != nullptr && *named != '\0' ? named : "./state/control.sock";
}

OutputFormat format_of(const Arguments& arguments) {
  const auto name = arguments.get("format");
  if (name.empty() || name == "table") return OutputFormat::table;
  if (name == "json") return OutputFormat::json;
  if (name == "csv") return OutputFormat::csv;
  throw Error(ErrorCode::usage, fmt::format("--format takes table, json or csv, not \"{}\"", name));
}

/// Only the process's own streams can be a terminal.
Screen screen_of(const std::ostream& stream) {
  const bool terminal = (&stream == &std::cout && ::isatty(STDOUT_FILENO) == 1) ||
                        (&stream == &std::cerr && ::isatty(STDERR_FILENO) == 1);
  return terminal ? Screen::terminal : Screen::none;
}

/// People mean the whole month when they write its last day.
void hint_at_exclusive_end(const Arguments& arguments, std::ostream& err) {
  const auto day = parse_day(arguments.get("to"));
  if (!day) return;
  const auto month = month_of(*day);
  const auto end = days_of(month).to;
  if (*day + std::chrono::days(1) != end) return;
  err << fmt::format("costctl: hint: --to is exclusive; for all of {} use --to {}\n",
                     name_of(month), format_day(end));
}

int run_command(const CommandLine& line, std::ostream& out, std::ostream& err) {
  Context context{.socket = socket_of(line.arguments),
                  .format = format_of(line.arguments),
                  .out = out,
                  .err = err,
                  .out_screen = screen_of(out),
                  .err_screen = screen_of(err)};
  hint_at_exclusive_end(line.arguments, err);
  return line.command->run(context, line.arguments);
}

}  // namespace

std::string Arguments::get(const std::string& name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? "" : found->second.front();
}

std::vector<std::string> Arguments::all(const std::string& name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::vector<std::string>{} : found->second;
}

std::map<std::string, std::string> Arguments::options() const {
  std::map<std::string, std::string> options;
  for (const auto& [name, values] : values_) {
    const bool own = name != "socket" && name != "format" && name.front() >= 'a';
    if (own) options[name] = values.front();
  }
  return options;
}

int costctl_main(int argc, const char* const* argv, std::ostream& out, std::ostream& err) {
  try {
    const auto line = parse_command_line({argv + 1, argv + argc});
    switch (line.wish) {
      case CommandLine::Wish::version:
        out << "costctl " COSTD_VERSION "\n";
        return 0;
      case CommandLine::Wish::help:
        out << (line.command != nullptr ? help_text(*line.command) : help_text(line.group));
        return 0;
      case CommandLine::Wish::run:
        break;
    }
    const int result = run_command(line, out, err);
    out.flush();
    if (!out) throw Error(ErrorCode::io, "cannot write the output");
    return result;
  } catch (const Error& error) {
    err << "costctl: " << error.what() << "\n";
    return exit_code_of(error.code());
  } catch (const std::exception& error) {
    err << "costctl: unexpected answer or failure: " << error.what() << "\n";
    return 1;
  }
}

}  // namespace costd
