#include "jobs/job.hpp"

#include "ledger/error.hpp"

namespace costd {

std::string JobContext::parameter(const std::string& name) const {
  const auto found = parameters.find(name);
  return found == parameters.end() ? "" : found->second;
}

void JobContext::check_stop() const {
  if (stop.stop_requested()) throw Error(ErrorCode::cancelled, "the run was asked to stop");
}

void JobResult::count(const std::string& name, std::int64_t value) {
  if (value != 0) counts[name] += value;
}

}  // namespace costd
