#include "daemon/run_policy.hpp"

#include <algorithm>

#include "ledger/sha256.hpp"

namespace costd {
namespace {

constexpr std::int64_t interruptions_without_pause = 10;
constexpr std::chrono::seconds pause_first{30};
constexpr std::chrono::seconds pause_longest{60 * 60};

/// From 0 to `longest`, both included.
std::chrono::seconds evenly_within(const std::string& text, std::chrono::seconds longest) {
  return std::chrono::seconds(stable_number(text) % (longest.count() + 1));
}

std::int64_t attempts_since_asked(const Run& run) {
  return run.attempt - run.attempts_before;
}

std::chrono::seconds pause_of(const Run& run) {
  std::chrono::seconds longest = pause_first;
  for (std::int64_t n = 1; n < attempts_since_asked(run) && longest < pause_longest; ++n) {
    longest *= 2;
  }
  return evenly_within(run.id + "/" + std::to_string(run.attempt),
                       std::min(longest, pause_longest));
}

}  // namespace

bool may_pass_by_itself(ErrorCode code) {
  return code == ErrorCode::io || code == ErrorCode::database || code == ErrorCode::network;
}

bool is_tried_again(const Run& run) {
  return run.slot_at != Instant{};
}

std::optional<std::chrono::seconds> pause_after_failure(const Run& run) {
  if (attempts_since_asked(run) >= attempts_max) return std::nullopt;
  return pause_of(run);
}

std::optional<std::chrono::seconds> pause_after_interruption(const Run& run) {
  if (attempts_since_asked(run) >= interrupted_attempts_max) return std::nullopt;
  if (attempts_since_asked(run) <= interruptions_without_pause) return std::chrono::seconds(0);
  return pause_of(run);
}

std::chrono::seconds jitter_of(const std::string& schedule, std::chrono::seconds jitter) {
  if (jitter <= jitter.zero()) return jitter.zero();
  return evenly_within(schedule, jitter - std::chrono::seconds(1));
}

}  // namespace costd
