#pragma once
// Following a run, for the commands that start one.

#include "daemon/costctl_context.hpp"

namespace costd {

/// A run's id as it stands in paths and messages.
std::string id_of(const Json& object);

/// Shows the run's progress until it has ended, then its counts and outputs (as JSON: the run).
/// Returns 0 if it succeeded, 5 if it could not do everything yet and goes on later, else 1 after
/// saying why.
int follow_run(Context& context, Json run);

/// What to print after a run was started: follows it under --wait, else says how to.
int report_started(Context& context, const Json& run, const Arguments& arguments);

}  // namespace costd
