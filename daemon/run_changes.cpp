#include "daemon/run_changes.hpp"

namespace costd {
namespace {

constexpr std::size_t log_lines_max = 200;

}  // namespace

Error no_such_run(const std::string& id) {
  return {ErrorCode::not_found, "there is no run " + id + "; see costctl runs list"};
}

void add_log_line(Run& run, Instant now, const std::string& line) {
  if (run.log.size() == log_lines_max) run.log.erase(run.log.begin());
  run.log.push_back(format_instant(now) + " " + line);
}

void queue_again(Run& run, std::optional<std::chrono::seconds> pause, Instant now) {
  run.state = pause ? RunState::queued : RunState::failed;
  run.not_before = pause ? now + *pause : Instant{};
  run.finished_at = pause ? Instant{} : now;
  if (pause) ++run.attempt;
}

}  // namespace costd
