#pragma once
// A command of costctl is one row of a table; parsing and help come from the row.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/costctl_context.hpp"

namespace costd {

struct Command {
  std::string_view words;  ///< "costs summary"
  /// The route that does it, below /v1/admin: "GET /costs/summary"; "" = it asks no daemon.
  std::string_view route;
  /// The usage: `--name VALUE` is an option, `--name` a flag, other words are arguments; brackets
  /// mean optional, "..." means several. "JOB [--tenant T] [--wait]"
  std::string_view arguments;
  int (*run)(Context&, const Arguments&);
  std::string_view help;  ///< one line
};

/// All commands, in the order the help shows them.
std::span<const Command> costctl_commands();

/// A command line taken apart.
struct CommandLine {
  const Command* command = nullptr;  ///< nothing: help for all, or for the group
  std::string group;                 ///< the first word, where only it was given with --help
  enum class Wish { run, help, version } wish = Wish::run;
  Arguments arguments;
};

/// Throws Error(usage) that names the mistake and the usage.
CommandLine parse_command_line(const std::vector<std::string>& words);

/// The list of commands; of one group where `group` is not "".
std::string help_text(std::string_view group);
/// Usage and options of one command.
std::string help_text(const Command& command);

}  // namespace costd
