#include "jobs/outbox_rules.hpp"

#include <catch2/catch.hpp>
#include <set>
#include <vector>

#include "ledger/error.hpp"
#include "tests/support/ledger_builders.hpp"

namespace costd {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using test::at;
using enum OutboxState;

const Instant start = at("2026-11-04T06:00:00Z");
const LaneRules resending{mail_retries, OnAmbiguous::resend};
const LaneRules holding{mail_retries, OnAmbiguous::hold};

OutboxMessage a_message(OutboxState state, std::int64_t attempts = 1) {
  OutboxMessage message;
  message.id = "A";
  message.state = state;
  message.attempts = attempts;
  message.created_at = message.updated_at = message.tried_since = start;
  return message;
}

}  // namespace

TEST_CASE("the pause before the next attempt grows to its longest", "[deliver]") {
  struct Row {
    RetryPolicy policy;
    std::vector<std::int64_t> seconds;
  };
  // Mail doubles from one minute to thirty; a webhook takes four times as long from ten seconds on,
  // to six hours.
  const std::vector<Row> rows{
      {mail_retries, {60, 120, 240, 480, 960, 1'800, 1'800, 1'800}},
      {webhook_retries(100), {10, 40, 160, 640, 2'560, 10'240, 21'600, 21'600}}};
  for (const Row& row : rows) {
    for (std::size_t n = 0; n < row.seconds.size(); ++n) {
      const OutboxMessage message = a_message(sending, static_cast<std::int64_t>(n) + 1);
      const auto delay = retry_delay(row.policy, message, start + hours(1));
      REQUIRE(delay);
      CHECK(delay->count() >= row.seconds[n]);
      CHECK(delay->count() <= row.seconds[n] + row.seconds[n] / 5);
      CHECK(delay == retry_delay(row.policy, message, start + hours(2)));  // no dice
    }
  }
}

TEST_CASE("messages that failed together do not come back together", "[deliver]") {
  std::set<std::int64_t> delays;
  for (int n = 0; n < 50; ++n) {
    OutboxMessage message = a_message(sending, 8);
    message.id = "M" + std::to_string(n);
    delays.insert(retry_delay(mail_retries, message, start).value().count());
  }
  CHECK(delays.size() > 25);
}

TEST_CASE("there is no further attempt after the last one or four days", "[deliver]") {
  OutboxMessage message = a_message(sending, 19);
  CHECK(retry_delay(webhook_retries(20), message, start));
  message.attempts = 20;
  CHECK_FALSE(retry_delay(webhook_retries(20), message, start));
  message.attempts = 3;
  CHECK(retry_delay(mail_retries, message, start + hours(96) - seconds(1)));
  CHECK_FALSE(retry_delay(mail_retries, message, start + hours(96)));
}

TEST_CASE("a receiver may ask for a longer pause, up to six hours", "[deliver]") {
  const OutboxMessage message = a_message(sending);
  const auto policy = webhook_retries(20);
  CHECK(retry_delay(policy, message, start, seconds(90)) == seconds(90));
  CHECK(retry_delay(policy, message, start, hours(48)) == hours(6));
  CHECK(retry_delay(policy, message, start, seconds(1)).value() >= seconds(10));
}

TEST_CASE("the end of an attempt moves a message to one state", "[deliver][promise]") {
  using enum SendOutcome;
  struct Row {
    const char* name;
    SendOutcome outcome;
    LaneRules rules;
    hours tried_for;  ///< since the first attempt
    OutboxState state;
    std::int64_t ambiguous_attempts;
  };
  const std::vector<Row> rows{
      {"sending -> sent", SendOutcome::sent, resending, hours(0), OutboxState::sent, 0},
      {"sending -> retry", SendOutcome::retry, resending, hours(1), OutboxState::retry, 0},
      {"sending -> dead", SendOutcome::retry, resending, hours(96), dead, 0},
      {"sending -> rejected", SendOutcome::rejected, resending, hours(0), OutboxState::rejected, 0},
      {"sending -> rejected, too large", too_large, resending, hours(0), OutboxState::rejected, 0},
      {"sending -> retry, ambiguous", SendOutcome::ambiguous, resending, hours(1),
       OutboxState::retry, 1},
      {"sending -> dead, ambiguous", SendOutcome::ambiguous, resending, hours(96), dead, 1},
      {"sending -> ambiguous", SendOutcome::ambiguous, holding, hours(1), OutboxState::ambiguous,
       1},
      {"sending -> ambiguous, its time over", SendOutcome::ambiguous, holding, hours(96),
       OutboxState::ambiguous, 1},
      {"sending -> retry, where ambiguous is held", SendOutcome::retry, holding, hours(1),
       OutboxState::retry, 0},
  };
  for (const Row& row : rows) {
    INFO(row.name);
    OutboxMessage message = a_message(sending);
    end_attempt(message, {row.outcome, "as told"}, row.rules, start + row.tried_for);
    CHECK(std::string(name_of(message.state)) == name_of(row.state));
    CHECK(message.ambiguous_attempts == row.ambiguous_attempts);
    CHECK(message.last_reply == "as told");
    CHECK(message.updated_at == start + row.tried_for);
    if (message.state == OutboxState::retry) {
      CHECK(message.not_before >= start + row.tried_for + minutes(1));
    }
  }
}

TEST_CASE("an attempt that broke off with its process is ambiguous", "[deliver][promise]") {
  OutboxMessage message = a_message(sending);
  end_interrupted_attempt(message, resending, start + hours(2));
  CHECK(message.state == OutboxState::retry);
  CHECK(message.ambiguous_attempts == 1);
  // Counted from when it began, two hours ago: it may leave at once.
  CHECK(message.not_before <= start + minutes(2));
  message = a_message(sending);
  end_interrupted_attempt(message, holding, start + hours(2));
  CHECK(message.state == ambiguous);
  CHECK(message.last_reply == "costd ended while the message was being sent");
  message = a_message(sending);
  end_interrupted_attempt(message, resending, start + hours(96));
  CHECK(message.state == dead);
}

TEST_CASE("four days are counted from the first attempt, not from the decision",
          "[deliver][promise]") {
  OutboxMessage message;
  message.id = "A";
  message.created_at = start;
  // Decided while the clock was held: the first attempt is three days later.
  begin_attempt(message, start + hours(72));
  CHECK(message.state == sending);
  CHECK(message.attempts == 1);
  CHECK(message.first_try() == start + hours(72));
  end_attempt(message, {SendOutcome::retry, "451"}, resending, start + hours(72));
  begin_attempt(message, start + hours(100));
  CHECK(message.attempts == 2);
  CHECK(message.first_try() == start + hours(72));
  end_attempt(message, {SendOutcome::retry, "451"}, resending, start + hours(72 + 95));
  CHECK(message.state == OutboxState::retry);
  begin_attempt(message, start + hours(72 + 96));
  end_attempt(message, {SendOutcome::retry, "451"}, resending, start + hours(72 + 96));
  CHECK(message.state == dead);
}

TEST_CASE("what a person may decide follows from the state", "[deliver][promise]") {
  struct Row {
    OutboxState state;
    bool retry;
    bool confirm;  ///< of a message with an ambiguous attempt
    bool discard;
  };
  const std::vector<Row> rows{
      {pending, true, true, true}, {retry, true, true, true},        {sending, false, false, false},
      {sent, false, false, false}, {ambiguous, true, true, true},    {rejected, true, true, true},
      {dead, true, true, true},    {superseded, true, false, false}, {discarded, true, true, true},
  };
  const auto allows = [](const Row& row, void (*decide)(OutboxMessage&, Instant),
                         OutboxState becomes) {
    OutboxMessage message = a_message(row.state, 3);
    message.ambiguous_attempts = 1;
    try {
      decide(message, start + hours(1));
    } catch (const Error& error) {
      CHECK(error.code() == ErrorCode::conflict);
      CHECK(message.state == row.state);
      CHECK(message.updated_at == start);
      return false;
    }
    CHECK(message.state == becomes);
    CHECK(message.updated_at == start + hours(1));
    return true;
  };
  for (const Row& row : rows) {
    INFO(name_of(row.state));
    CHECK(allows(row, retry_by_person, pending) == row.retry);
    CHECK(allows(row, confirm_by_person, sent) == row.confirm);
    CHECK(allows(row, discard_by_person, discarded) == row.discard);
  }
}

TEST_CASE("a message that cannot have arrived is not confirmed", "[deliver][promise]") {
  OutboxMessage message = a_message(rejected);
  CHECK_THROWS_AS(confirm_by_person(message, start), Error);
  CHECK(message.state == rejected);
}

TEST_CASE("a person's retry counts attempts and time anew", "[deliver][promise]") {
  OutboxMessage message = a_message(dead, 200);
  message.ambiguous_attempts = 3;
  retry_by_person(message, start + hours(500));
  CHECK(message.state == pending);
  CHECK(message.attempts == 0);
  CHECK(message.not_before == start + hours(500));
  CHECK(message.ambiguous_attempts == 3);  // those stay on record
  begin_attempt(message, start + hours(501));
  CHECK(message.first_try() == start + hours(501));
}

TEST_CASE("a superseded message and its note name each other", "[deliver]") {
  OutboxMessage message = a_message(rejected);
  OutboxMessage note = a_message(pending, 0);
  note.id = "B";
  supersede(message, note);
  CHECK(message.state == superseded);
  CHECK(note.supersedes == "A");
  CHECK_FALSE(needs_a_person(message));
}

}  // namespace costd
