#include "daemon/costctl_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/program_options.hpp>
#include <optional>
#include <set>
#include <utility>

#include "daemon/costctl_usage.hpp"
#include "ledger/error.hpp"

namespace costd {
namespace {

namespace po = boost::program_options;

constexpr auto option_help = std::to_array<std::pair<std::string_view, std::string_view>>({
    {"after", "the slots after this instant, such as 2026-11-01T00:00:00Z (default: now)"},
    {"api-key", "only this API key, by its full id"},
    {"api-key KEY", "whose cap it is, by the key's full id (default: the tenant's as a whole)"},
    {"as-of", "as if DATE were the last complete day"},
    {"before", "the slots before this instant, such as 2026-11-01T00:00:00Z (default: now)"},
    {"basis", "usage: by day of use; booked: by booking period"},
    {"by", "what to forecast: model, tenant, provider, tenant-model or total"},
    {"cursor", "go on where the last page ended"},
    {"disable", "the cap has figures, but governs nothing and alerts nobody"},
    {"dry-run", "say what would change, and change nothing"},
    {"effective", "the first day the price holds; of LiteLLM's map, by default today"},
    {"enable", "the cap governs and alerts again"},
    {"expires", "how long it holds, such as 90d (default: until it is revoked)"},
    {"format-file", "only this file of the report: pdf, csv or xlsx"},
    {"from", "the first day, such as 2026-10-01"},
    {"history", "retired entries, too, with when"},
    {"group-by", "one row for each tenant, apiKey, model, provider or day"},
    {"if-version", "only if this is its version still (default: whatever it is)"},
    {"limit", "at most this many rows (default 50, at most 1000)"},
    {"limit USD", "the most that may be spent in a period, such as 500 or 12.50"},
    {"managed-by", "PLATFORM (default), or TENANT: then at most the platform's tightest cap"},
    {"model", "only this model"},
    {"model PATTERN", "the models it prices, such as gpt-4o*"},
    {"long-context-above TOKENS", "input tokens over which the long-context prices hold"},
    {"name NAME", "what people know the cap by; each name once"},
    {"name LABEL", "who or what the token is for"},
    {"offset", "leave out this many rows"},
    {"on", "the day the price is for (default: today)"},
    {"period", "the month, such as 2026-10"},
    {"period PERIOD", "DAILY, WEEKLY or MONTHLY"},
    {"provider", "only this provider"},
    {"reason", "why; it is kept in the audit log"},
    {"role", "viewer, operator or admin"},
    {"rule", "only what this rule found: published or robust"},
    {"schedule", "take the parameters of this schedule"},
    {"service-tier", "standard, batch, priority or flex"},
    {"soft-limit", "percentage of the limit from which to warn, 1 to 100 (default: 80)"},
    {"source", "the source of the configuration whose spool gets the files"},
    {"tenant", "only this tenant"},
    {"tenant TENANT", "whose it is (default: a cap of all tenants together, evidence of the site)"},
    {"to", "the day after the last one, such as 2026-11-01"},
    {"wait", "follow the run to its end"},
    {"yes", "do not ask"},
    {"to DIR", "the folder to write the files to"},
});

std::string describe(const Parameter& parameter) {
  for (const auto& key : {parameter.name + " " + parameter.value, parameter.name}) {
    const auto* const found =
        std::find_if(option_help.begin(), option_help.end(),
                     [&key](const auto& entry) { return entry.first == key; });
    if (found != option_help.end()) return std::string(found->second);
  }
  return parameter.value == "USD" ? "USD per million tokens" : "";
}

po::options_description global_options() {
  po::options_description options("Everywhere");
  options.add_options()("socket", po::value<std::string>()->value_name("PATH"),
                        "control socket of the daemon (default: COSTD_SOCKET, or "
                        "state/control.sock)")("format", po::value<std::string>()->value_name("F"),
                                               "table (default), json or csv")(
      "help,h", "show this help")("version", "show the version");
  return options;
}

po::options_description own_options(const Command& command) {
  po::options_description options("Options");
  for (const auto& parameter : parse_usage(command.arguments)) {
    const auto text = describe(parameter);
    if (parameter.kind == Parameter::Kind::option) {
      options.add_options()(parameter.name.c_str(),
                            po::value<std::string>()->value_name(parameter.value), text.c_str());
    } else if (parameter.kind == Parameter::Kind::flag) {
      options.add_options()(parameter.name.c_str(), text.c_str());
    }
  }
  return options;
}

std::string usage_line(const Command& command) {
  return fmt::format("costctl {} {}", command.words, command.arguments);
}

/// The one or two words in front that name the command, and where they stand.
struct Found {
  const Command* command = nullptr;
  std::string first_word;
  std::vector<std::string> rest;  ///< the command line without the command's words
};

const Command* find_command(std::string_view words) {
  for (const auto& command : costctl_commands()) {
    if (command.words == words) return &command;
  }
  return nullptr;
}

std::vector<std::string_view> second_words(const std::string& first_word) {
  std::vector<std::string_view> found;
  for (const auto& command : costctl_commands()) {
    if (command.words.starts_with(first_word + " ")) {
      found.push_back(command.words.substr(first_word.size() + 1));
    }
  }
  return found;
}

std::size_t index_of_first_word(const std::vector<std::string>& words) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "--socket" || words[i] == "--format") {
      ++i;
    } else if (!words[i].starts_with('-')) {
      return i;
    }
  }
  return words.size();
}

Found find_words(const std::vector<std::string>& words) {
  Found found;
  found.rest = words;
  const auto index = index_of_first_word(words);
  if (index == words.size()) return found;
  const auto begin = found.rest.begin() + static_cast<std::ptrdiff_t>(index);
  found.first_word = words[index];
  const auto has_second = index + 1 < words.size();
  if (has_second) found.command = find_command(words[index] + " " + words[index + 1]);
  if (found.command != nullptr) {
    found.rest.erase(begin, begin + 2);
    return found;
  }
  found.command = find_command(found.first_word);
  // A group named alone means its list.
  const bool alone = !has_second || words[index + 1].starts_with('-');
  if (found.command == nullptr && alone) found.command = find_command(found.first_word + " list");
  found.rest.erase(begin);
  return found;
}

bool asks_for(const std::vector<std::string>& words, std::string_view option) {
  return std::find(words.begin(), words.end(), option) != words.end();
}

[[noreturn]] void refuse_unknown(const std::string& first_word,
                                 const std::vector<std::string>& rest) {
  const auto second = second_words(first_word);
  if (second.empty()) {
    throw Error(ErrorCode::usage,
                fmt::format("there is no command \"{}\"; costctl --help lists them", first_word));
  }
  const auto index = index_of_first_word(rest);
  const auto given = index < rest.size() ? fmt::format(", not \"{}\"", rest[index]) : "";
  throw Error(ErrorCode::usage,
              fmt::format("{} takes one of: {}{}", first_word, fmt::join(second, ", "), given));
}

void check_required(const Command& command, const Arguments& arguments) {
  for (const auto& parameter : parse_usage(command.arguments)) {
    if (parameter.need == Parameter::Need::optional || arguments.has(parameter.name)) continue;
    const bool is_word =
        parameter.kind == Parameter::Kind::word || parameter.kind == Parameter::Kind::words;
    throw Error(ErrorCode::usage, fmt::format("{}{} is missing; see: costctl {} --help",
                                              is_word ? "" : "--", parameter.name, command.words));
  }
}

Arguments parse_arguments(const Command& command, const std::vector<std::string>& words) {
  po::options_description options;
  options.add(own_options(command)).add(global_options());
  po::positional_options_description places;
  for (const auto& parameter : parse_usage(command.arguments)) {
    const bool many = parameter.kind == Parameter::Kind::words;
    if (!many && parameter.kind != Parameter::Kind::word) continue;
    options.add_options()(parameter.name.c_str(), po::value<std::vector<std::string>>());
    places.add(parameter.name.c_str(), many ? -1 : 1);
  }
  using Style = po::command_line_style::style_t;
  const int style = Style::unix_style & ~Style::allow_guessing;
  try {
    const auto parsed =
        po::command_line_parser(words).options(options).positional(places).style(style).run();
    po::variables_map checked;
    po::store(parsed, checked);  // refuses an option given twice
    Arguments arguments;
    for (const auto& option : parsed.options) {
      if (option.value.empty()) arguments.add(option.string_key, "");
      for (const auto& value : option.value) arguments.add(option.string_key, value);
    }
    return arguments;
  } catch (const po::error& error) {
    throw Error(ErrorCode::usage,
                fmt::format("{}; see: costctl {} --help", error.what(), command.words));
  }
}

}  // namespace

CommandLine parse_command_line(const std::vector<std::string>& words) {
  CommandLine line;
  const auto found = find_words(words);
  line.command = found.command;
  line.group = found.first_word;
  if (asks_for(words, "--help") || asks_for(words, "-h") || words.empty()) {
    line.wish = CommandLine::Wish::help;
    const bool group_alone = line.command != nullptr &&
                             line.command->words == found.first_word + " list" &&
                             !asks_for(words, "list");
    if (group_alone) line.command = nullptr;
    if (line.command == nullptr && second_words(line.group).empty()) line.group.clear();
    return line;
  }
  if (found.first_word.empty()) {
    if (asks_for(words, "--version")) {
      line.wish = CommandLine::Wish::version;
      return line;
    }
    throw Error(ErrorCode::usage, "a command is missing; costctl --help lists them");
  }
  if (line.command == nullptr) refuse_unknown(found.first_word, found.rest);
  line.arguments = parse_arguments(*line.command, found.rest);
  check_required(*line.command, line.arguments);
  return line;
}

std::string help_text(std::string_view group) {
  std::string text = "usage: costctl [--socket PATH] [--format table|json|csv] COMMAND\n\n";
  std::size_t width = 0;
  for (const auto& command : costctl_commands()) width = std::max(width, command.words.size());
  for (const auto& command : costctl_commands()) {
    if (!group.empty() && !command.words.starts_with(std::string(group) + " ")) continue;
    text += fmt::format("  {:<{}}  {}\n", command.words, width, command.help);
  }
  text +=
      "\nA command's own options: costctl COMMAND --help. Ranges are half-open: --to is the day "
      "after the\nlast one. Exit codes: 0 done, 1 failed, 2 usage, 3 no daemon, 4 refused, 5 "
      "incomplete.\n";
  return text;
}

std::string help_text(const Command& command) {
  std::ostringstream text;
  text << "usage: " << usage_line(command) << "\n\n" << command.help << "\n\n";
  if (const auto& route = command.route; !route.empty()) {
    const auto blank = route.find(' ');
    text << "Over HTTP: " << route.substr(0, blank) << " /v1/admin" << route.substr(blank + 1)
         << "\n\n";
  }
  const auto own = own_options(command);
  if (!own.options().empty()) text << own << "\n";
  text << global_options();
  return text.str();
}

}  // namespace costd
