#pragma once
// Changes of a run that every way out of an attempt has in common.

#include <chrono>
#include <optional>
#include <string>

#include "ledger/error.hpp"
#include "ledger/run.hpp"

namespace costd {

Error no_such_run(const std::string& id);

/// With the instant in front; the oldest line goes where there are too many.
void add_log_line(Run& run, Instant now, const std::string& line);

/// Queued for another attempt after the pause; failed in the end where there is none.
void queue_again(Run& run, std::optional<std::chrono::seconds> pause, Instant now);

}  // namespace costd
