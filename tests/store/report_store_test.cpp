#include "ledger/store/report_store.hpp"

#include <catch2/catch.hpp>

#include "ledger/store/outbox_store.hpp"
#include "tests/support/test_database.hpp"

namespace costd {
namespace {

using test::at;
using test::month;

StoredReport a_report(const std::string& id, const std::string& tenant, std::int64_t revision) {
  StoredReport report;
  report.id = id;
  report.tenant = tenant;
  report.period = days_of(month("2026-10"));
  report.status = "FINAL";
  report.revision = revision;
  report.total = Cents{-123'456};
  report.generated_at = at("2026-11-04T06:00:00Z");
  report.run_id = "RUN";
  report.model = R"({"report":true})";
  report.manifest = R"({"version":1})";
  report.manifest_signature = "ab";
  report.files = {{"pdf", "/tmp/x.pdf", "x.pdf", 7, "aa"}, {"csv", "/tmp/x.csv", "x.csv", 8, "bb"}};
  report.files[0].signature = "cd";
  return report;
}

OutboxMessage a_message(const std::string& id, const std::string& key, Instant not_before) {
  OutboxMessage message;
  message.id = id;
  message.dedupe_key = key;
  message.recipient = "finance@example.com";
  message.not_before = not_before;
  message.created_at = at("2026-11-04T06:00:00Z");
  return message;
}

bool store(test::TestDatabase& test, const OutboxMessage& message) {
  bool stored = false;
  test.change([&](UnitOfWork& unit) { stored = store_outbox_message(unit, message); });
  return stored;
}

}  // namespace

TEST_CASE("a report comes back with its model and files", "[store]") {
  test::TestDatabase test;
  test.change([](UnitOfWork& unit) { store_report(unit, a_report("R1", "t-one", 1)); });
  const auto report = find_report(test.database.snapshot(), "R1");
  REQUIRE(report);
  CHECK(report->model == R"({"report":true})");
  CHECK(report->total == Cents{-123'456});
  CHECK(report->period == days_of(month("2026-10")));
  REQUIRE(report->files.size() == 2);
  CHECK(report->files[1].bytes == 7);
  CHECK(report->files[1].signature == "cd");
  CHECK(report->files[0].signature.empty());
  CHECK(report->manifest == R"({"version":1})");
  CHECK(report->manifest_signature == "ab");
  CHECK_FALSE(find_report(test.database.snapshot(), "R2"));
  CHECK(has_report_of_run(test.database.snapshot(), "RUN", "chargeback", "t-one", "FINAL"));
  CHECK(load_reports_of_run(test.database.snapshot(), "RUN", "chargeback").size() == 1);
  CHECK(load_reports_of_run(test.database.snapshot(), "RUN", "soc2").empty());
  CHECK_FALSE(
      has_report_of_run(test.database.snapshot(), "RUN", "chargeback", "t-one", "PRELIMINARY"));
  CHECK_FALSE(has_report_of_run(test.database.snapshot(), "RUN", "chargeback", "", "FINAL"));
}

TEST_CASE("a deleted report leaves a tombstone and keeps its revision", "[store]") {
  test::TestDatabase test;
  test.change([](UnitOfWork& unit) {
    store_report(unit, a_report("R1", "t-one", 1));
    store_report(unit, a_report("R2", "t-one", 2));
    delete_report(unit, "R2", at("2026-11-05T00:00:00Z"), "uid:1000", "wrong recipient");
    delete_report(unit, "R2", at("2026-11-06T00:00:00Z"), "uid:1001", "again");
  });
  const auto left = load_reports(test.database.snapshot(), "chargeback", std::nullopt, 10);
  REQUIRE(left.size() == 1);
  CHECK(left.front().id == "R1");
  CHECK(left.front().model.empty());
  const auto tombstone = find_report(test.database.snapshot(), "R2");
  REQUIRE(tombstone);
  CHECK(tombstone->is_deleted());
  CHECK(tombstone->deleted_by == "uid:1000");
  CHECK(tombstone->deleted_reason == "wrong recipient");
  const Snapshot snapshot = test.database.snapshot();
  const DayRange october = days_of(month("2026-10"));
  CHECK(next_revision(snapshot, "chargeback", "t-one", october) == 3);
  CHECK(next_revision(snapshot, "chargeback", "", october) == 1);
  CHECK(next_revision(snapshot, "chargeback", "t-one", days_of(month("2026-11"))) == 1);
}

TEST_CASE("reports are listed by tenant, the all-tenants ones by the empty one", "[store]") {
  test::TestDatabase test;
  test.change([](UnitOfWork& unit) {
    store_report(unit, a_report("R1", "t-one", 1));
    store_report(unit, a_report("R2", "", 1));
  });
  const Snapshot snapshot = test.database.snapshot();
  CHECK(load_reports(snapshot, "chargeback", std::nullopt, 10).size() == 2);
  CHECK(load_reports(snapshot, "chargeback", "", 10).front().id == "R2");
  CHECK(load_reports(snapshot, "chargeback", "t-one", 10).front().id == "R1");
  CHECK(load_reports(snapshot, "chargeback", "t-two", 10).empty());
}

TEST_CASE("the latest report is the one of the highest revision that is left", "[store]") {
  test::TestDatabase test;
  test.change([](UnitOfWork& unit) {
    StoredReport preliminary = a_report("R1", "t-one", 1);
    preliminary.status = "PRELIMINARY";
    store_report(unit, preliminary);
    store_report(unit, a_report("R2", "t-one", 2));
    store_report(unit, a_report("R3", "t-one", 3));
    store_report(unit, a_report("R4", "", 9));
    delete_report(unit, "R3", at("2026-11-05T00:00:00Z"), "uid:1000", "wrong recipient");
    OutboxMessage message = a_message("A", "chargeback/R2/finance", at("2026-11-04T06:00:00Z"));
    message.report_id = "R2";
    store_outbox_message(unit, message);
  });
  const Snapshot snapshot = test.database.snapshot();
  const auto latest = [&](const char* status, const char* of = "2026-10") {
    const auto report =
        find_latest_report(snapshot, "chargeback", "t-one", days_of(month(of)), status);
    return report ? report->id : "";
  };
  CHECK(latest("") == "R2");
  CHECK(latest("FINAL") == "R2");
  CHECK(latest("PRELIMINARY") == "R1");
  CHECK(latest("", "2026-11") == "");
  CHECK(load_report_recipients(snapshot, "R2") == std::set<std::string>{"finance@example.com"});
  CHECK(load_report_recipients(snapshot, "R1").empty());
}

TEST_CASE("an effect puts one message into the outbox, however often it is decided", "[store]") {
  test::TestDatabase test;
  const Instant now = at("2026-11-04T06:00:00Z");
  CHECK(store(test, a_message("A", "chargeback/R1/finance", now)));
  CHECK_FALSE(store(test, a_message("B", "chargeback/R1/finance", now)));
  CHECK(store(test, a_message("C", "chargeback/R1/other", now)));
  CHECK(load_outbox(test.database.snapshot(), 10).size() == 2);
}

TEST_CASE("due is what waits; what a crash left half sent is found apart", "[store]") {
  using enum OutboxState;
  test::TestDatabase test;
  const Instant now = at("2026-11-04T06:00:00Z");
  int number = 0;
  for (const OutboxState state :
       {pending, retry, sending, sent, ambiguous, rejected, dead, superseded, discarded}) {
    OutboxMessage message = a_message("M" + std::to_string(number), std::to_string(number), now);
    message.state = state;
    store(test, message);
    ++number;
  }
  store(test, a_message("M9", "later", now + std::chrono::minutes(1)));
  const auto due = load_due_messages(test.database.snapshot(), {"mail"}, now, 10);
  REQUIRE(due.size() == 2);
  CHECK(due[0].id == "M0");
  CHECK(due[1].id == "M1");
  CHECK(load_due_messages(test.database.snapshot(), {"mail"}, now, 1).size() == 1);
  const auto broken_off = load_sending_messages(test.database.snapshot(), {"mail"});
  REQUIRE(broken_off.size() == 1);
  CHECK(broken_off[0].id == "M2");
  CHECK(load_sending_messages(test.database.snapshot(), {"webhook", "pager"}).empty());
  const OutboxCounts counts = count_outbox(test.database.snapshot());
  CHECK(counts.waiting == 4);  // M0, M1, M2 and M9
  CHECK(counts.sent == 1);
  CHECK(counts.held == 1);
  CHECK(counts.failed == 2);
}

TEST_CASE("ambiguous attempts are counted over all mail, whatever became of it", "[store]") {
  test::TestDatabase test;
  const Instant now = at("2026-11-04T06:00:00Z");
  OutboxMessage mail = a_message("A", "a", now);
  mail.state = OutboxState::sent;
  mail.ambiguous_attempts = 2;
  store(test, mail);
  mail.id = mail.dedupe_key = "B";
  mail.state = OutboxState::ambiguous;
  mail.ambiguous_attempts = 1;
  store(test, mail);
  mail.id = mail.dedupe_key = "C";
  mail.channel = "webhook";
  mail.ambiguous_attempts = 5;
  store(test, mail);
  CHECK(count_outbox(test.database.snapshot()).ambiguous_mail_attempts == 2 + 1);
}

TEST_CASE("attempts to deliver are numbered over all that a message ever had", "[store]") {
  test::TestDatabase test;
  const Instant now = at("2026-11-04T06:00:00Z");
  store(test, a_message("A", "a", now));
  store(test, a_message("B", "b", now));
  const auto attempt = [&](const std::string& id, const std::string& outcome) {
    test.change([&](UnitOfWork& unit) {
      store_delivery_attempt(unit, {id, 0, "finance@example.com", outcome, "reply of " + outcome,
                                    now, now + std::chrono::seconds(3)});
    });
  };
  attempt("A", "retry");
  attempt("B", "sent");
  attempt("A", "ambiguous");
  const auto attempts = load_delivery_attempts(test.database.snapshot(), "A");
  REQUIRE(attempts.size() == 2);
  CHECK(attempts[0].number == 1);
  CHECK(attempts[0].outcome == "retry");
  CHECK(attempts[1].number == 2);
  CHECK(attempts[1].outcome == "ambiguous");
  CHECK(attempts[1].reply == "reply of ambiguous");
  CHECK(attempts[1].recipient == "finance@example.com");
  CHECK(attempts[1].started_at == now);
  CHECK(attempts[1].ended_at == now + std::chrono::seconds(3));
}

TEST_CASE("a message knows which one it supersedes, and by which it is superseded", "[store]") {
  test::TestDatabase test;
  const Instant now = at("2026-11-04T06:00:00Z");
  store(test, a_message("A", "a", now));
  CHECK(find_successor(test.database.snapshot(), "A").empty());
  OutboxMessage note = a_message("B", "a/note", now);
  note.supersedes = "A";
  store(test, note);
  CHECK(find_successor(test.database.snapshot(), "A") == "B");
  CHECK(find_outbox_message(test.database.snapshot(), "B").value().supersedes == "A");
}

}  // namespace costd
