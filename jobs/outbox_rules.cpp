#include "jobs/outbox_rules.hpp"

#include <algorithm>

#include "ledger/error.hpp"
#include "ledger/sha256.hpp"

namespace costd {
namespace {

/// 0 to 200, thousandths: the same for the same attempt of the same message.
std::int64_t chance_of(const OutboxMessage& message) {
  return stable_number(message.id + "/" + std::to_string(message.attempts)) % 201;
}

/// The next attempt is a pause after `from`, unless the message's time was over at `now`.
void try_again(OutboxMessage& message, const RetryPolicy& policy, Instant from, Instant now,
               std::optional<std::chrono::seconds> retry_after) {
  if (const auto delay = retry_delay(policy, message, now, retry_after)) {
    message.state = OutboxState::retry;
    message.not_before = from + *delay;
  } else {
    message.state = OutboxState::dead;
  }
}

void end(OutboxMessage& message, const SendResult& result, const LaneRules& rules, Instant from,
         Instant now) {
  message.last_reply = result.reply;
  message.updated_at = now;
  switch (result.outcome) {
    case SendOutcome::sent:
      message.state = OutboxState::sent;
      break;
    case SendOutcome::retry:
      try_again(message, rules.retries, from, now, result.retry_after);
      break;
    case SendOutcome::ambiguous:
      ++message.ambiguous_attempts;
      if (rules.on_ambiguous == OnAmbiguous::hold) {
        message.state = OutboxState::ambiguous;
      } else {
        try_again(message, rules.retries, from, now, result.retry_after);
      }
      break;
    case SendOutcome::rejected:
    case SendOutcome::too_large:
      message.state = OutboxState::rejected;
      break;
  }
}

[[noreturn]] void refuse(const OutboxMessage& message, const std::string& why) {
  throw Error(ErrorCode::conflict, "message " + message.id + " " + why);
}

void require_not_sent(const OutboxMessage& message) {
  if (message.state == OutboxState::sent) refuse(message, "was sent already; nothing was changed");
  if (message.state == OutboxState::sending) {
    refuse(message, "is being sent just now; ask again in a moment");
  }
}

void require_not_superseded(const OutboxMessage& message) {
  if (message.state == OutboxState::superseded) {
    refuse(message, "was superseded by a smaller one; see costctl outbox show " + message.id);
  }
}

}  // namespace

RetryPolicy webhook_retries(std::int64_t attempts) {
  RetryPolicy policy;
  policy.first = std::chrono::seconds(10);
  policy.factor = 4;
  policy.longest = std::chrono::hours(6);
  policy.attempts_max = attempts;
  return policy;
}

std::optional<std::chrono::seconds> retry_delay(const RetryPolicy& policy,
                                                const OutboxMessage& message, Instant now,
                                                std::optional<std::chrono::seconds> retry_after) {
  if (message.attempts >= policy.attempts_max) return std::nullopt;
  if (now - message.first_try() >= policy.give_up_after) return std::nullopt;
  std::chrono::seconds delay = policy.first;
  for (std::int64_t n = 1; n < message.attempts && delay < policy.longest; ++n) {
    delay *= policy.factor;
  }
  delay = std::min(delay, policy.longest);
  delay += delay * chance_of(message) / 1'000;
  if (retry_after) {
    const std::chrono::seconds longest = retry_after_max;
    delay = std::max(delay, std::min(*retry_after, longest));
  }
  return delay;
}

void begin_attempt(OutboxMessage& message, Instant now) {
  if (message.attempts == 0) message.tried_since = now;
  ++message.attempts;
  message.state = OutboxState::sending;
  message.updated_at = now;
}

void end_attempt(OutboxMessage& message, const SendResult& result, const LaneRules& rules,
                 Instant now) {
  end(message, result, rules, now, now);
}

SendResult interrupted_attempt() {
  return {SendOutcome::ambiguous, "costd ended while the message was being sent"};
}

void end_interrupted_attempt(OutboxMessage& message, const LaneRules& rules, Instant now) {
  end(message, interrupted_attempt(), rules, message.updated_at, now);
}

void supersede(OutboxMessage& message, OutboxMessage& note) {
  message.state = OutboxState::superseded;
  note.supersedes = message.id;
}

bool needs_a_person(const OutboxMessage& message) {
  return message.state == OutboxState::rejected || message.state == OutboxState::dead ||
         message.state == OutboxState::ambiguous;
}

void retry_by_person(OutboxMessage& message, Instant now) {
  require_not_sent(message);
  message.state = OutboxState::pending;
  message.attempts = 0;
  message.tried_since = Instant{};
  message.not_before = message.updated_at = now;
}

void confirm_by_person(OutboxMessage& message, Instant now) {
  require_not_sent(message);
  require_not_superseded(message);
  if (message.ambiguous_attempts == 0) {
    refuse(message, "cannot have arrived: each attempt was answered, or broke off before the end");
  }
  message.state = OutboxState::sent;
  message.updated_at = now;
}

void discard_by_person(OutboxMessage& message, Instant now) {
  require_not_sent(message);
  require_not_superseded(message);
  message.state = OutboxState::discarded;
  message.updated_at = now;
}

}  // namespace costd
