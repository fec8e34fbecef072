#pragma once
// The states of an outbox message and what moves it from one to the next. Pure, so that every
// transition has a test; the relay and the routes carry them out.

#include <chrono>
#include <optional>
#include <string>

#include "jobs/delivery/transport.hpp"
#include "ledger/store/outbox_store.hpp"

namespace costd {

/// How a channel tries again: the first pause, times `factor` after each attempt up to the longest,
/// plus up to a fifth of it by chance that follows from the message and the attempt alone, so that
/// messages which failed together do not come back together.
struct RetryPolicy {
  std::chrono::seconds first{60};
  int factor = 2;
  std::chrono::seconds longest{30 * 60};
  std::int64_t attempts_max = 1'000;
  std::chrono::hours give_up_after{96};  ///< since the first attempt
};
/// Mail: 1, 2, 4, ... 30 minutes, for four days (RFC 5321, 4.5.4.1).
inline constexpr RetryPolicy mail_retries{};
/// A webhook: 10 seconds, 40, 160, ... six hours, `attempts` times within four days.
RetryPolicy webhook_retries(std::int64_t attempts);

/// The longest pause that a receiver may ask for (Retry-After).
inline constexpr std::chrono::hours retry_after_max{6};

/// The pause before the next attempt, never shorter than what the receiver asked for; nothing if
/// there is to be none.
std::optional<std::chrono::seconds> retry_delay(
    const RetryPolicy& policy, const OutboxMessage& message, Instant now,
    std::optional<std::chrono::seconds> retry_after = std::nullopt);

/// What becomes of a message that was handed over whole and never answered.
enum class OnAmbiguous {
  resend,  ///< better twice than never: again, under the same Message-ID
  hold,    ///< better never than twice: a person decides
};

struct LaneRules {
  RetryPolicy retries;
  OnAmbiguous on_ambiguous = OnAmbiguous::resend;
};

/// pending, retry -> sending.
void begin_attempt(OutboxMessage& message, Instant now);
/// sending -> sent, retry, ambiguous, rejected or dead. What is too large is rejected: whether
/// something else can be sent in its place is the caller's to know.
void end_attempt(OutboxMessage& message, const SendResult& result, const LaneRules& rules,
                 Instant now);
/// The same of an attempt whose process died: ambiguous, because nobody knows what left. The pause
/// counts from when the attempt began.
SendResult interrupted_attempt();
void end_interrupted_attempt(OutboxMessage& message, const LaneRules& rules, Instant now);
/// rejected as too large -> superseded, by `note`.
void supersede(OutboxMessage& message, OutboxMessage& note);
/// True for what needs a person: rejected, dead and ambiguous.
bool needs_a_person(const OutboxMessage& message);

/// What a person decides. Each throws Error(conflict), saying why, where the state does not allow
/// it; then nothing has changed.
/// All but sent and sending -> pending, its time counted anew.
void retry_by_person(OutboxMessage& message, Instant now);
/// All of which an attempt was ambiguous, but for those that are sent, sending or superseded
/// -> sent.
void confirm_by_person(OutboxMessage& message, Instant now);
/// All but sent, sending and superseded -> discarded.
void discard_by_person(OutboxMessage& message, Instant now);

}  // namespace costd
