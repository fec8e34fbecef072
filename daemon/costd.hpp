#pragma once
// The command line of costd: check, once, or run as a daemon.

#include <ostream>
#include <string>
#include <vector>

#include "daemon/clock.hpp"

namespace costd {

/// Exit codes of both programs.
enum ExitCode : int {
  exit_done = 0,
  exit_failed = 1,
  exit_usage = 2,
  exit_no_daemon = 3,
  exit_refused = 4,
  exit_incomplete = 5,
};

/// Runs costd with the arguments behind the program's name; gives the exit code. Logs go to the
/// standard error stream.
int costd_main(const std::vector<std::string>& arguments, std::ostream& out, std::ostream& err,
               const Clock& clock = SystemClock());

}  // namespace costd
