#include "jobs/deliver_job.hpp"

#include <catch2/catch.hpp>
#include <deque>
#include <set>

#include "tests/support/job_bench.hpp"

namespace costd {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using test::at;
using test::JobBench;

const Instant start = at("2026-11-04T06:00:00Z");

/// Answers as it was told, `sent` when nothing is left, and keeps what it was given.
class ScriptedTransport : public Transport {
 public:
  struct Log {
    std::deque<SendOutcome> outcomes;
    std::vector<std::pair<Envelope, std::string>> sent;
  };
  explicit ScriptedTransport(Log& log) : log_(log) {}
  SendResult send(const Envelope& envelope, const std::string& message) override {
    log_.sent.emplace_back(envelope, message);
    SendOutcome outcome = SendOutcome::sent;
    if (!log_.outcomes.empty()) {
      outcome = log_.outcomes.front();
      log_.outcomes.pop_front();
    }
    return {outcome, "reply " + std::to_string(log_.sent.size())};
  }

 private:
  Log& log_;
};

struct OutboxBench : JobBench {
  ScriptedTransport::Log log;
  OutboxRelay relay{database};

  OutboxBench() {
    relay.add_lane({.channel = "mail"}, std::make_unique<ScriptedTransport>(log), mail_retries);
  }

  void decide(const std::string& id, OutboxState state = OutboxState::pending) {
    OutboxMessage message;
    message.id = message.dedupe_key = id;
    message.sender = "costd@example.com";
    message.recipient = "finance@example.com";
    message.message_id = id + "@example.com";
    const std::string bytes = "Message-ID: <" + message.message_id + ">\r\n\r\ntext\r\n";
    message.payload_path = folder.write(id + ".eml", bytes);
    message.payload_sha256 = sha256_hex(bytes);
    message.state = state;
    message.attempts = state == OutboxState::sending ? 1 : 0;
    message.not_before = message.created_at = message.updated_at = start;
    change([&](UnitOfWork& unit) { store_outbox_message(unit, message); });
  }
  OutboxMessage message(const std::string& id) {
    for (const OutboxMessage& row : load_outbox(database.snapshot(), 100)) {
      if (row.id == id) return row;
    }
    throw std::runtime_error("no message " + id);
  }
  RelayResult relay_at(Instant moment) { return relay.relay_due(moment, {}); }
};

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
      OutboxMessage message;
      message.id = "A";
      message.created_at = start;
      message.attempts = static_cast<std::int64_t>(n) + 1;
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
    OutboxMessage message;
    message.id = "M" + std::to_string(n);
    message.created_at = start;
    message.attempts = 8;
    delays.insert(retry_delay(mail_retries, message, start).value().count());
  }
  CHECK(delays.size() > 25);
}

TEST_CASE("there is no further attempt after the last one or four days", "[deliver]") {
  OutboxMessage message;
  message.id = "A";
  message.created_at = start;
  message.attempts = 19;
  CHECK(retry_delay(webhook_retries(20), message, start));
  message.attempts = 20;
  CHECK_FALSE(retry_delay(webhook_retries(20), message, start));
  message.attempts = 3;
  CHECK(retry_delay(mail_retries, message, start + hours(96) - std::chrono::seconds(1)));
  CHECK_FALSE(retry_delay(mail_retries, message, start + hours(96)));
  message.tried_since = start + hours(90);  // somebody asked for it again
  CHECK(retry_delay(mail_retries, message, start + hours(96)));
}

TEST_CASE("a receiver may ask for a longer pause, up to six hours", "[deliver]") {
  OutboxMessage message;
  message.id = "A";
  message.created_at = start;
  message.attempts = 1;
  const auto policy = webhook_retries(20);
  CHECK(retry_delay(policy, message, start, std::chrono::seconds(90)) == std::chrono::seconds(90));
  CHECK(retry_delay(policy, message, start, std::chrono::hours(48)) == std::chrono::hours(6));
  CHECK(retry_delay(policy, message, start, std::chrono::seconds(1)).value() >=
        std::chrono::seconds(10));
}

TEST_CASE("an accepted message is sent and stays sent", "[deliver]") {
  OutboxBench bench;
  bench.decide("A");
  CHECK(bench.relay_at(start).sent == 1);
  CHECK(bench.message("A").state == OutboxState::sent);
  CHECK(bench.message("A").attempts == 1);
  CHECK(bench.message("A").last_reply == "reply 1");
  CHECK(bench.relay_at(start + hours(1)).sent == 0);
  REQUIRE(bench.log.sent.size() == 1);
  CHECK(bench.log.sent.front().first.id == "A");
  CHECK(bench.log.sent.front().first.recipient == "finance@example.com");
}

TEST_CASE("a message refused for now waits for its next attempt", "[deliver]") {
  OutboxBench bench;
  bench.log.outcomes = {SendOutcome::retry, SendOutcome::ambiguous, SendOutcome::sent};
  bench.decide("A");
  CHECK(bench.relay_at(start).retried == 1);
  CHECK(bench.message("A").state == OutboxState::pending);
  CHECK(bench.message("A").not_before >= start + minutes(1));
  CHECK(bench.relay_at(start + std::chrono::seconds(59)).retried == 0);
  CHECK(bench.relay_at(start + minutes(2)).retried == 1);
  CHECK(bench.message("A").not_before >= start + minutes(2 + 2));
  CHECK(bench.relay_at(start + minutes(5)).sent == 1);
  REQUIRE(bench.log.sent.size() == 3);
  CHECK(bench.log.sent[0].second == bench.log.sent[2].second);
}

TEST_CASE("after four days a message is dead", "[deliver]") {
  OutboxBench bench;
  bench.log.outcomes = {SendOutcome::retry, SendOutcome::retry};
  bench.decide("A");
  bench.relay_at(start);
  CHECK(bench.relay_at(start + hours(96)).failed == 1);
  CHECK(bench.message("A").state == OutboxState::dead);
  CHECK(bench.relay_at(start + hours(200)).sent == 0);
}

TEST_CASE("a message refused for good is not sent again, the others are", "[deliver]") {
  OutboxBench bench;
  bench.log.outcomes = {SendOutcome::rejected};
  bench.decide("A");
  bench.decide("B");
  const RelayResult result = bench.relay_at(start);
  CHECK(result.failed == 1);
  CHECK(result.sent == 1);
  CHECK(bench.message("A").state == OutboxState::rejected);
  CHECK(bench.relay_at(start + hours(1)).sent == 0);
}

TEST_CASE("what a crash left half sent is sent again under the same Message-ID", "[deliver]") {
  OutboxBench bench;
  bench.decide("A", OutboxState::sending);
  CHECK(bench.relay_at(start).sent == 1);
  CHECK(bench.message("A").attempts == 2);
  CHECK_THAT(bench.log.sent.front().second, Catch::StartsWith("Message-ID: <A@example.com>"));
}

TEST_CASE("a message is marked as being sent before the first byte leaves", "[deliver]") {
  class Looking : public Transport {
   public:
    explicit Looking(Database& database) : database_(database) {}
    SendResult send(const Envelope&, const std::string&) override {
      CHECK(load_outbox(database_.snapshot(), 1).front().state == OutboxState::sending);
      return {SendOutcome::sent, ""};
    }

   private:
    Database& database_;
  };
  OutboxBench bench;
  bench.decide("A");
  OutboxRelay relay(bench.database);
  relay.add_lane({.channel = "mail"}, std::make_unique<Looking>(bench.database), mail_retries);
  CHECK(relay.relay_due(start, {}).sent == 1);
}

TEST_CASE("a message whose file is gone or changed is rejected by name", "[deliver]") {
  OutboxBench bench;
  bench.decide("A");
  bench.decide("B");
  std::filesystem::remove(bench.folder / "A.eml");
  bench.folder.write("B.eml", "Message-ID: <B@example.com>\r\n\r\nother text\r\n");
  CHECK(bench.relay_at(start).failed == 2);
  CHECK(bench.log.sent.empty());
  for (const char* id : {"A", "B"}) {
    CHECK(bench.message(id).state == OutboxState::rejected);
    CHECK_THAT(bench.message(id).last_reply, Catch::Contains(std::string(id) + ".eml"));
  }
}

TEST_CASE("a relay that is asked to stop leaves the rest waiting", "[deliver]") {
  OutboxBench bench;
  bench.decide("A");
  std::stop_source stop;
  stop.request_stop();
  CHECK(bench.relay.relay_due(start, stop.get_token()).sent == 0);
  CHECK(bench.message("A").state == OutboxState::pending);
}

TEST_CASE("more messages than one pass takes are all sent", "[deliver]") {
  OutboxBench bench;
  for (int n = 0; n < 130; ++n) bench.decide("M" + std::to_string(n));
  CHECK(bench.relay_at(start).sent == 130);
}

TEST_CASE("a message that was discarded since it was looked up does not leave", "[deliver]") {
  class Discarding : public Transport {
   public:
    explicit Discarding(Database& database) : database_(database) {}
    SendResult send(const Envelope& envelope, const std::string&) override {
      CHECK(envelope.id == "A");
      UnitOfWork unit = database_.begin();
      OutboxMessage other = find_outbox_message(unit, "B").value();
      other.state = OutboxState::discarded;
      update_outbox_message(unit, other);
      unit.commit();
      return {SendOutcome::sent, ""};
    }

   private:
    Database& database_;
  };
  OutboxBench bench;
  bench.decide("A");
  bench.decide("B");
  OutboxRelay relay(bench.database);
  relay.add_lane({.channel = "mail"}, std::make_unique<Discarding>(bench.database), mail_retries);
  CHECK(relay.relay_due(start, {}).sent == 1);
  CHECK(bench.message("B").state == OutboxState::discarded);
  CHECK(bench.message("B").attempts == 0);
  CHECK(count_outbox(bench.database.snapshot()).failed == 0);
}

TEST_CASE("without mail the deliver job says so", "[deliver]") {
  JobBench bench;
  CHECK(bench.run(*make_deliver_job(nullptr)).counts.empty());
  CHECK_THAT(bench.monitor.lines.front(), Catch::Contains("no mail is configured"));
}

}  // namespace costd
