// The desk and the relay together: what an alert becomes, and what becomes of what was given up.

#include "jobs/alerts/outbox_alert_desk.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <boost/algorithm/string/erase.hpp>
#include <nlohmann/json.hpp>
#include <set>

#include "jobs/deliver_job.hpp"
#include "jobs/durable_file.hpp"
#include "ledger/store/alert_store.hpp"
#include "ledger/store/audit_store.hpp"
#include "tests/support/job_bench.hpp"
#include "tests/support/quiet_log.hpp"

namespace costd {
namespace {

using Catch::Matchers::Contains;
using std::chrono::hours;
using test::at;

const Instant start = at("2026-11-04T06:00:00Z");

/// Answers always the same, and keeps what it was given.
class FixedTransport : public Transport {
 public:
  struct Log {
    SendOutcome outcome = SendOutcome::sent;
    std::vector<std::pair<Envelope, std::string>> sent;
  };
  explicit FixedTransport(Log& log) : log_(log) {}
  SendResult send(const Envelope& envelope, const std::string& message) override {
    log_.sent.emplace_back(envelope, message);
    return {log_.outcome, "as told"};
  }

 private:
  Log& log_;
};

struct DeskBench : test::JobBench {
  test::QuietLog quiet;
  AlertOptions options;
  std::unique_ptr<AlertDesk> desk;
  FixedTransport::Log mail;
  FixedTransport::Log pager;
  FixedTransport::Log archive;
  std::unique_ptr<OutboxRelay> relay;

  DeskBench() {
    options.source = "urn:costd:0123";
    options.outbox_dir = folder / "outbox";
    options.templates_dir = COSTD_SOURCE_DIR "/templates";
    options.from = "costd@example.com";
    options.recipients = {"a@example.com", "b@example.com"};
    options.webhooks = {{"pager", {"finops.run.failed"}}, {"archive", {}}};
    make();
  }
  void make() {
    desk = make_alert_desk(options);
    relay = std::make_unique<OutboxRelay>(database, RelayOptions{desk.get()});
    relay->add_lane({.channel = "mail"}, std::make_unique<FixedTransport>(mail), mail_retries);
    relay->add_lane({"webhook", "pager"}, std::make_unique<FixedTransport>(pager),
                    webhook_retries(2));
    relay->add_lane({"webhook", "archive"}, std::make_unique<FixedTransport>(archive),
                    webhook_retries(2));
  }
  bool raise(const Alert& alert, Instant when = start) {
    bool raised = false;
    change([&](UnitOfWork& unit) { raised = desk->raise(unit, alert, when); });
    return raised;
  }
  std::vector<OutboxMessage> outbox() { return load_outbox(database.snapshot(), 1'000); }
  RelayResult relay_at(Instant when) { return relay->relay_due(when, {}); }
  std::vector<StoredAlert> alerts() { return load_alerts(database.snapshot(), 1'000); }
};

Alert an_alert(AlertKind kind = AlertKind::budget_threshold, const std::string& key = "cap/1") {
  Alert alert;
  alert.key = key;
  alert.kind = kind;
  alert.tenant = "acme";
  alert.subject = "budgets/1";
  alert.title = "acme <b> has spent 80 %";
  alert.data = R"({"currentSpend":"8.005000000000","utilisationPct":"80.1","requests":1234567})";
  return alert;
}

}  // namespace

TEST_CASE("an alert owes one message to each recipient and each webhook that wants it",
          "[alerts]") {
  DeskBench bench;
  CHECK(bench.raise(an_alert()));
  CHECK_FALSE(bench.raise(an_alert()));
  CHECK(bench.relay_at(start).sent == 3);
  REQUIRE(bench.mail.sent.size() == 2);
  // Made in the same millisecond, they may leave in any order.
  CHECK(std::set{bench.mail.sent[0].first.recipient, bench.mail.sent[1].first.recipient} ==
        std::set<std::string>{"a@example.com", "b@example.com"});
  CHECK(bench.pager.sent.empty());
  REQUIRE(bench.archive.sent.size() == 1);
  CHECK(bench.archive.sent[0].first.recipient == "archive");
  CHECK(bench.archive.sent[0].first.message_id == bench.alerts()[0].id);
  bench.raise(an_alert(AlertKind::failed_run, "run/1"));
  bench.relay_at(start);
  CHECK(bench.pager.sent.size() == 1);
}

TEST_CASE("nothing is owed for an alert whose transaction was not committed", "[alerts]") {
  DeskBench bench;
  {
    UnitOfWork unit = bench.database.begin();
    bench.desk->raise(unit, an_alert(), start);
  }
  CHECK(bench.outbox().empty());
  CHECK(bench.raise(an_alert()));
}

TEST_CASE("a webhook's body is a CloudEvent", "[alerts]") {
  DeskBench bench;
  bench.raise(an_alert());
  bench.relay_at(start);
  const auto event = nlohmann::json::parse(bench.archive.sent.at(0).second);
  CHECK(event == nlohmann::json::parse(R"({
    "specversion": "1.0", "id": ")" + bench.alerts()[0].id +
                                       R"(", "source": "urn:costd:0123",
    "type": "finops.budget.threshold", "subject": "budgets/1", "time": "2026-11-04T06:00:00Z",
    "datacontenttype": "application/json",
    "data": {"title": "acme <b> has spent 80 %", "tenantId": "acme",
             "currentSpend": "8.005000000000", "utilisationPct": "80.1", "requests": 1234567}})"));
}

TEST_CASE("an alert's mail has its facts as people read them", "[alerts]") {
  DeskBench bench;
  bench.raise(an_alert());
  for (const OutboxMessage& row : bench.outbox()) {
    CHECK(row.kind == "alert");
    CHECK(row.subject == (row.channel == "mail" ? "Spending: acme <b> has spent 80 %"
                                                : "acme <b> has spent 80 %"));
  }
  bench.relay_at(start);
  const std::string& message = bench.mail.sent.at(0).second;
  // 8.005 is half-way: to the even cent. Quoted-printable leaves these as they are.
  CHECK_THAT(message, Contains("Current spend: $8.00") && Contains("Utilisation: 80.1 %") &&
                          Contains("Requests: 1,234,567"));
  CHECK_THAT(message, Contains("acme &lt;b&gt; has spent"));
  CHECK_THAT(message, Contains("costctl budgets status"));
  CHECK_THAT(message, Contains("X-Alert-Type: finops.budget.threshold"));
}

TEST_CASE("an alert's mail says where the audit chain stood", "[alerts]") {
  DeskBench bench;
  bench.raise(an_alert());
  bench.relay_at(start);
  CHECK_THAT(bench.mail.sent.at(0).second, !Contains("Chain:"));  // which has no event yet
  AuditHead head;
  bench.change([&](UnitOfWork& unit) {
    unit.audit({.seq = 0, .at = start, .actor = costd_itself, .action = "test", .object = "chain"});
    head = load_audit_head(unit);
  });
  bench.raise(an_alert(AlertKind::failed_run, "runs/1"));
  bench.relay_at(start);
  std::string message = bench.mail.sent.back().second;
  boost::algorithm::erase_all(message, "=\r\n");  // where quoted-printable breaks a line
  CHECK_THAT(message, Contains("Chain:     1 event, head " + head.hash));
}

TEST_CASE("a command in a mail is safe to copy, whatever the names in it", "[alerts]") {
  DeskBench bench;
  Alert alert = an_alert(AlertKind::unpriced_model, "unpriced/1");
  alert.data = R"({"model": "m'; rm -rf $HOME", "provider": "--help",
                   "seenAt": "2026-11-04T06:00:01Z"})";
  bench.raise(alert);
  bench.relay_at(start);
  CHECK_THAT(bench.mail.sent.at(0).second,
             Contains(R"(costctl prices explain 'm'\''; rm -rf $HOME' --provider '--help')") &&
                 Contains("Seen at: 2026-11-04 06:00 UTC"));
}

TEST_CASE("every kind of alert has a mail without empty places", "[alerts]") {
  DeskBench bench;
  for (int n = 0; n < static_cast<int>(alert_types().size()); ++n) {
    Alert alert = an_alert(static_cast<AlertKind>(n), "key/" + std::to_string(n));
    alert.data = R"({"id":"01J","model":"m","provider":"p","jobs":"close"})";
    CHECK(bench.raise(alert));
  }
  bench.relay_at(start);
  CHECK(bench.mail.sent.size() == 2 * alert_types().size());
  for (const auto& [envelope, message] : bench.mail.sent) {
    CHECK_THAT(message,
               !Contains("{{") && Contains("What to do next") && !Contains("background-color:;"));
  }
}

TEST_CASE("a broken template does not swallow an alert", "[alerts]") {
  DeskBench bench;
  bench.options.templates_dir = bench.folder / "nowhere";
  bench.make();
  CHECK(bench.raise(an_alert()));
  CHECK(bench.relay_at(start).sent == 3);
  CHECK_THAT(bench.mail.sent.at(0).second, Contains("acme <b> has spent 80 %") &&
                                               Contains("The mail template could not be used"));
}

TEST_CASE("beyond twenty alerts of a type in an hour one message says that there are more",
          "[alerts]") {
  DeskBench bench;
  bench.options.recipients = {"a@example.com"};
  bench.options.webhooks.clear();
  bench.make();
  for (int n = 0; n < 100; ++n) {
    CHECK(bench.raise(an_alert(AlertKind::unpriced_model, "unpriced/" + std::to_string(n))));
  }
  CHECK(bench.alerts().size() == 101);  // and the one that says so
  CHECK(bench.outbox().size() == 21);
  const auto rows = bench.outbox();
  CHECK(std::ranges::count_if(rows, [](const OutboxMessage& row) {
          return row.subject.find("more than 20 alerts of type") != std::string::npos;
        }) == 1);
  CHECK(bench.raise(an_alert(AlertKind::failed_run, "run/1")));
  CHECK(bench.outbox().size() == 22);
  CHECK(bench.raise(an_alert(AlertKind::unpriced_model, "unpriced/later"), start + hours(2)));
  CHECK(bench.outbox().size() == 23);
}

TEST_CASE("a webhook that is down holds up neither mail nor the other webhook", "[alerts]") {
  DeskBench bench;
  bench.pager.outcome = SendOutcome::retry;
  bench.raise(an_alert(AlertKind::failed_run, "run/1"));
  const RelayResult result = bench.relay_at(start);
  CHECK(result.sent == 3);
  CHECK(result.retried == 1);
}

TEST_CASE("a message given up is a dead letter, told once on every channel", "[alerts]") {
  DeskBench bench;
  bench.archive.outcome = SendOutcome::retry;  // two attempts and no more
  bench.raise(an_alert());
  bench.relay_at(start);
  CHECK(bench.alerts().size() == 1);
  bench.mail.sent.clear();
  bench.relay_at(start + hours(1));
  REQUIRE(bench.alerts().size() == 2);
  const StoredAlert told = bench.alerts()[0];
  CHECK(told.type == "finops.message.dead");
  CHECK(told.alert.title ==
        "the webhook message to archive was given up after 2 attempts: as told");
  bench.relay_at(start + hours(1));
  CHECK(bench.mail.sent.size() == 2);
  CHECK_THAT(bench.mail.sent[0].second, Contains("costctl outbox retry"));
}

TEST_CASE("the alert about a dead letter is never one itself", "[alerts]") {
  DeskBench bench;
  bench.mail.outcome = SendOutcome::rejected;
  bench.archive.outcome = SendOutcome::rejected;
  bench.raise(an_alert());
  for (int n = 0; n < 50; ++n) bench.relay_at(start + hours(n));
  // The alert itself and one about each of its three messages, all of which are refused as well.
  CHECK(bench.alerts().size() == 1 + 3);
  CHECK(bench.outbox().size() == 3 + 3 * 3);
  for (const OutboxMessage& message : bench.outbox()) {
    CHECK(message.state == OutboxState::rejected);
  }
}

TEST_CASE("what waits for a webhook that is no longer configured is given up", "[alerts]") {
  DeskBench bench;
  bench.raise(an_alert());
  OutboxRelay other(bench.database, {bench.desk.get()});
  CHECK(other.reject_orphans(start) == 1);
  CHECK(other.reject_orphans(start) == 1);  // the dead letter, to the same webhook
  CHECK(other.reject_orphans(start) == 0);
  CHECK(bench.alerts().size() == 2);
}

}  // namespace costd
