#include "jobs/deliver_job.hpp"

#include <catch2/catch.hpp>
#include <deque>
#include <future>
#include <thread>

#include "ledger/sha256.hpp"
#include "tests/support/desk.hpp"
#include "tests/support/job_bench.hpp"
#include "tests/support/quiet_log.hpp"

namespace costd {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using test::at;
using test::count_of;
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
  test::QuietLog quiet;
  test::RecordingDesk desk;
  OutboxRelay relay{database, {&desk}};

  explicit OutboxBench(OnAmbiguous on_ambiguous = OnAmbiguous::resend) {
    relay.add_lane({.channel = "mail"}, std::make_unique<ScriptedTransport>(log), mail_retries,
                   on_ambiguous);
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
    if (state == OutboxState::sending) message.tried_since = start;
    message.not_before = message.created_at = message.updated_at = start;
    change([&](UnitOfWork& unit) { store_outbox_message(unit, message); });
  }
  OutboxMessage message(const std::string& id) {
    for (const OutboxMessage& row : load_outbox(database.snapshot(), 100)) {
      if (row.id == id) return row;
    }
    throw std::runtime_error("no message " + id);
  }
  std::vector<DeliveryAttempt> attempts(const std::string& id) {
    return load_delivery_attempts(database.snapshot(), id);
  }
  void hold_clock() {
    change([&](UnitOfWork& unit) {
      store_clock_state(unit, {start, ClockHold{start, start + hours(48)}});
    });
  }
  void trust_clock() {
    change([&](UnitOfWork& unit) { store_clock_state(unit, {start, std::nullopt}); });
  }
  RelayResult relay_at(Instant moment) { return relay.relay_due(moment, {}); }
};

}  // namespace

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
  CHECK(bench.message("A").state == OutboxState::retry);
  CHECK(bench.message("A").not_before >= start + minutes(1));
  CHECK(bench.relay_at(start + std::chrono::seconds(59)).retried == 0);
  CHECK(bench.relay_at(start + minutes(2)).retried == 1);
  CHECK(bench.message("A").not_before >= start + minutes(2 + 2));
  CHECK(bench.relay_at(start + minutes(5)).sent == 1);
  REQUIRE(bench.log.sent.size() == 3);
  CHECK(bench.log.sent[0].second == bench.log.sent[2].second);
}

TEST_CASE("after four days a message is dead, and one alert says so", "[deliver][promise]") {
  OutboxBench bench;
  bench.log.outcomes = {SendOutcome::retry, SendOutcome::retry};
  bench.decide("A");
  bench.relay_at(start);
  CHECK(bench.relay_at(start + hours(96)).failed == 1);
  CHECK(bench.message("A").state == OutboxState::dead);
  CHECK(bench.desk.raised.size() == 1);
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

TEST_CASE(
    "a mail whose answer was lost is sent again under the same Message-ID with the same bytes",
    "[deliver][promise]") {
  OutboxBench bench;
  bench.log.outcomes = {SendOutcome::ambiguous, SendOutcome::sent};
  bench.decide("A");
  CHECK(bench.relay_at(start).retried == 1);
  CHECK(bench.message("A").ambiguous_attempts == 1);
  CHECK(bench.relay_at(start + minutes(2)).sent == 1);
  REQUIRE(bench.log.sent.size() == 2);
  CHECK(bench.log.sent[0].first.message_id == bench.log.sent[1].first.message_id);
  CHECK(bench.log.sent[0].second == bench.log.sent[1].second);
  CHECK(count_outbox(bench.database.snapshot()).ambiguous_mail_attempts == 1);
}

TEST_CASE("with hold a mail whose answer was lost waits for a person, and one alert says so",
          "[deliver][promise]") {
  OutboxBench bench(OnAmbiguous::hold);
  bench.log.outcomes = {SendOutcome::ambiguous};
  bench.decide("A");
  CHECK(bench.relay_at(start).ambiguous == 1);
  CHECK(bench.message("A").state == OutboxState::ambiguous);
  CHECK(bench.relay_at(start + hours(200)).sent == 0);
  CHECK(bench.relay.relay_waiting(start + hours(201), {}).sent == 0);  // nor if all is hastened
  CHECK(bench.log.sent.size() == 1);
  REQUIRE(bench.desk.raised.size() == 1);
  CHECK(bench.desk.raised[0].title ==
        "nobody knows whether the mail to finance@example.com arrived, and it is held: reply 1");
  CHECK(count_outbox(bench.database.snapshot()).held == 1);
}

TEST_CASE("what a crash left half sent is sent again under the same Message-ID",
          "[deliver][promise]") {
  OutboxBench bench;
  bench.decide("A", OutboxState::sending);
  CHECK(bench.relay_at(start).retried == 1);  // a minute after the attempt that broke off
  CHECK(bench.relay_at(start + minutes(2)).sent == 1);
  CHECK(bench.message("A").attempts == 2);
  CHECK(bench.message("A").ambiguous_attempts == 1);
  CHECK_THAT(bench.log.sent.front().second, Catch::StartsWith("Message-ID: <A@example.com>"));
  REQUIRE(bench.attempts("A").size() == 2);
  CHECK(bench.attempts("A")[0].outcome == "ambiguous");
}

TEST_CASE("with hold what a crash left half sent is held and never sent by itself",
          "[deliver][promise]") {
  OutboxBench bench(OnAmbiguous::hold);
  bench.decide("A", OutboxState::sending);
  CHECK(bench.relay.settle_interrupted(start).ambiguous == 1);
  CHECK(bench.message("A").state == OutboxState::ambiguous);
  CHECK(bench.relay.relay_waiting(start + hours(1), {}).sent == 0);
  CHECK(bench.log.sent.empty());
  CHECK(bench.desk.raised.size() == 1);
}

TEST_CASE("each attempt is on record with its outcome, the reply and when", "[deliver][promise]") {
  OutboxBench bench;
  bench.log.outcomes = {SendOutcome::retry, SendOutcome::rejected};
  bench.decide("A");
  bench.relay_at(start);
  bench.relay_at(start + minutes(2));
  bench.change([](UnitOfWork& unit) {
    OutboxMessage message = find_outbox_message(unit, "A").value();
    retry_by_person(message, start + hours(1));
    update_outbox_message(unit, message);
  });
  bench.relay_at(start + hours(1));
  const auto attempts = bench.attempts("A");
  REQUIRE(attempts.size() == 3);
  const std::vector<std::string> outcomes{"retry", "rejected", "sent"};
  const std::vector<Instant> moments{start, start + minutes(2), start + hours(1)};
  for (std::size_t n = 0; n < 3; ++n) {
    CHECK(attempts[n].number == static_cast<std::int64_t>(n) + 1);
    CHECK(attempts[n].outcome == outcomes[n]);
    CHECK(attempts[n].reply == "reply " + std::to_string(n + 1));
    CHECK(attempts[n].recipient == "finance@example.com");
    CHECK(attempts[n].started_at == moments[n]);
    CHECK(attempts[n].ended_at == moments[n]);
  }
}

TEST_CASE("the pause counts from the end of an attempt, however long the server took",
          "[deliver][promise]") {
  OutboxBench bench;
  Instant clock = start;
  OutboxRelay relay(bench.database, {nullptr, {}, [&clock] { return clock; }});
  class Slow : public Transport {
   public:
    explicit Slow(Instant& clock) : clock_(clock) {}
    SendResult send(const Envelope&, const std::string&) override {
      clock_ += minutes(10);
      return {SendOutcome::retry, "451"};
    }

   private:
    Instant& clock_;
  };
  relay.add_lane({.channel = "mail"}, std::make_unique<Slow>(clock), mail_retries);
  bench.decide("A");
  CHECK(relay.relay_due(start, {}).retried == 1);
  CHECK(bench.message("A").not_before >= start + minutes(10 + 1));
  REQUIRE(bench.attempts("A").size() == 1);
  CHECK(bench.attempts("A")[0].started_at == start);
  CHECK(bench.attempts("A")[0].ended_at == start + minutes(10));
}

TEST_CASE("no mail leaves while the clock is not trusted, webhooks do", "[deliver][promise]") {
  OutboxBench bench;
  ScriptedTransport::Log pager;
  bench.relay.add_lane({"webhook", "pager"}, std::make_unique<ScriptedTransport>(pager),
                       webhook_retries(3));
  bench.decide("A");
  bench.decide("B", OutboxState::sending);
  bench.decide("C");
  bench.change([](UnitOfWork& unit) {
    OutboxMessage event = find_outbox_message(unit, "C").value();
    event.id = event.dedupe_key = "D";
    event.channel = "webhook";
    event.recipient = "pager";
    store_outbox_message(unit, event);
  });
  bench.hold_clock();
  const RelayResult held = bench.relay_at(start);
  CHECK(held.held == 3);
  CHECK(held.sent == 1);
  CHECK(pager.sent.size() == 1);
  CHECK(bench.relay.settle_interrupted(start).ambiguous == 0);
  CHECK(bench.log.sent.empty());
  CHECK(bench.message("A").state == OutboxState::pending);
  CHECK(bench.message("B").state == OutboxState::sending);
  bench.trust_clock();
  CHECK(bench.relay_at(start + minutes(2)).sent == 3);
}

TEST_CASE("a hold that begins during a pass stops the rest of it", "[deliver][promise]") {
  class Jumping : public Transport {
   public:
    explicit Jumping(OutboxBench& bench) : bench_(bench) {}
    SendResult send(const Envelope&, const std::string&) override {
      bench_.hold_clock();
      return {SendOutcome::sent, ""};
    }

   private:
    OutboxBench& bench_;
  };
  OutboxBench bench;
  bench.decide("A");
  bench.decide("B");
  OutboxRelay relay(bench.database);
  relay.add_lane({.channel = "mail"}, std::make_unique<Jumping>(bench), mail_retries);
  const RelayResult result = relay.relay_due(start, {});
  CHECK(result.sent == 1);
  CHECK(result.held == 1);
  CHECK(bench.message("B").state == OutboxState::pending);
}

TEST_CASE("the deliver job counts what is held", "[deliver]") {
  OutboxBench bench;
  auto relay = std::make_shared<OutboxRelay>(bench.database);
  relay->add_lane({.channel = "mail"}, std::make_unique<ScriptedTransport>(bench.log),
                  mail_retries);
  bench.decide("A");
  bench.hold_clock();
  bench.now = start;
  const JobResult result = bench.run(*make_deliver_job(relay));
  CHECK(count_of(result, "held") == 1);
  CHECK(bench.monitor.lines.back() == "mail_held messages=1 reason=\"the clock is not trusted\"");
}

TEST_CASE("a server that does not answer keeps no run waiting", "[deliver][promise]") {
  class Silent : public Transport {
   public:
    SendResult send(const Envelope&, const std::string&) override {
      asked.set_value();
      answered.get_future().wait();
      return {SendOutcome::sent, "250 at last"};
    }
    std::promise<void> asked;
    std::promise<void> answered;
  };
  OutboxBench bench;
  auto relay = std::make_shared<OutboxRelay>(bench.database);
  auto silent = std::make_unique<Silent>();
  Silent& server = *silent;
  relay->add_lane({.channel = "mail"}, std::move(silent), mail_retries);
  relay->leave_to_workers();
  bench.decide("A");
  bench.now = start;
  std::jthread worker([&] { relay->relay_lane(0, start, {}); });
  server.asked.get_future().wait();
  const auto job = make_deliver_job(relay, std::chrono::milliseconds(100));
  CHECK(bench.run(*job).counts.empty());
  CHECK_THAT(bench.monitor.lines.back(), Catch::StartsWith("deliver_goes_on"));
  CHECK(bench.message("A").state == OutboxState::sending);
  server.answered.set_value();
  worker.join();
  CHECK(bench.message("A").state == OutboxState::sent);
}

TEST_CASE("a message is marked as being sent before the first byte leaves", "[deliver][promise]") {
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
