#include "jobs/deliver_job.hpp"

#include <catch2/catch.hpp>
#include <deque>

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
  OutboxRelay relay{database, std::make_unique<ScriptedTransport>(log)};

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

TEST_CASE("the pause before the next attempt doubles to half an hour, for four days", "[deliver]") {
  const std::vector<int> wanted{1, 2, 4, 8, 16, 30, 30, 30};
  for (std::size_t attempt = 1; attempt <= wanted.size(); ++attempt) {
    CHECK(retry_delay(static_cast<std::int64_t>(attempt), start, start + hours(1)) ==
          minutes(wanted[attempt - 1]));
  }
  CHECK(retry_delay(200, start, start + hours(96) - std::chrono::seconds(1)) == minutes(30));
  CHECK_FALSE(retry_delay(200, start, start + hours(96)));
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
  CHECK(bench.message("A").not_before == start + minutes(1));
  CHECK(bench.relay_at(start + std::chrono::seconds(59)).retried == 0);
  CHECK(bench.relay_at(start + minutes(1)).retried == 1);
  CHECK(bench.message("A").not_before == start + minutes(1 + 2));
  CHECK(bench.relay_at(start + minutes(3)).sent == 1);
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
  OutboxRelay relay(bench.database, std::make_unique<Looking>(bench.database));
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

TEST_CASE("without mail the deliver job says so", "[deliver]") {
  JobBench bench;
  CHECK(bench.run(*make_deliver_job(nullptr)).counts.empty());
  CHECK_THAT(bench.monitor.lines.front(), Catch::Contains("no mail is configured"));
}

}  // namespace costd
