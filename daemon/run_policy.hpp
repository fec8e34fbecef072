#pragma once
// Whether and when a run that did not succeed is tried again. Pure: the same run, the same answer.

#include <chrono>
#include <optional>

#include "ledger/error.hpp"
#include "ledger/run.hpp"

namespace costd {

/// Attempts until a run is a dead letter: those that failed, and those that a crash ended. Made
/// before a person asked for it again, they do not count.
inline constexpr std::int64_t attempts_max = 8;
inline constexpr std::int64_t interrupted_attempts_max = 20;
/// How long a run waits that could not do everything yet.
inline constexpr std::chrono::hours unfinished_pause{1};

/// The disk, the database or a peer refused for now. All else (configuration, data, a rule) stays
/// as it is until a person mends it.
bool may_pass_by_itself(ErrorCode code);

/// The run belongs to a slot: nobody waits for it, so it is tried again by itself.
bool is_tried_again(const Run& run);

/// The pause after the attempt that failed just now; nothing if it was the last one. Between zero
/// and 30 s doubled with every attempt, an hour at most, spread evenly ("full jitter") by a number
/// that follows from the run and the attempt.
std::optional<std::chrono::seconds> pause_after_failure(const Run& run);
/// The same after an attempt that ended with the process: none after the first ten, which the
/// service manager spaces out; a run that ends costd each time must let the others run.
std::optional<std::chrono::seconds> pause_after_interruption(const Run& run);

/// The part of `jitter` that delays the starts of the schedule: always the same for one name.
std::chrono::seconds jitter_of(const std::string& schedule, std::chrono::seconds jitter);

}  // namespace costd
