#pragma once
// costctl as a function, so that tests can call it.

#include <iosfwd>

namespace costd {

/// Runs one command against the daemon and returns the exit code: 0 done, 1 failed, 2 usage or
/// configuration, 3 no daemon, 4 refused, 5 incomplete. Results go to `out`, messages to `err`;
/// progress is drawn in place only where the stream is this process's terminal.
int costctl_main(int argc, const char* const* argv, std::ostream& out, std::ostream& err);

}  // namespace costd
