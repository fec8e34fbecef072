#include "jobs/too_large_note.hpp"

#include <catch2/catch.hpp>
#include <filesystem>

#include "jobs/chargeback_job.hpp"
#include "jobs/deliver_job.hpp"
#include "jobs/durable_file.hpp"
#include "ledger/sha256.hpp"
#include "ledger/store/report_store.hpp"
#include "tests/support/desk.hpp"
#include "tests/support/job_bench.hpp"
#include "tests/support/quiet_log.hpp"

namespace costd {
namespace {

using Catch::Matchers::Contains;
using std::chrono::hours;
using test::a_usage_record;
using test::at;

const Instant start = at("2026-11-04T06:00:00Z");

/// A server that takes messages up to a number of bytes.
class SmallServer : public Transport {
 public:
  struct Log {
    std::size_t bytes_max = 0;
    std::vector<std::string> sent;
  };
  explicit SmallServer(Log& log) : log_(log) {}
  SendResult send(const Envelope&, const std::string& message) override {
    if (message.size() > log_.bytes_max) return {SendOutcome::too_large, "552 5.3.4 too big"};
    log_.sent.push_back(message);
    return {SendOutcome::sent, "250 ok"};
  }

 private:
  Log& log_;
};

/// One statement of October in the outbox, for one recipient.
struct NoteBench : test::JobBench {
  test::QuietLog quiet;
  test::RecordingDesk desk;
  StatementMailOptions mail{
      "Costs <costd@example.com>", {"pdf"}, COSTD_SOURCE_DIR "/templates", folder / "outbox"};
  SmallServer::Log server;

  NoteBench() {
    now = start;
    apply_prices({test::a_price("m-large", "0", "1")});
    ingest({a_usage_record().with_id("a").for_tenant("t-1")});
    rollup();
    ChargebackOptions options;
    options.reports_dir = folder / "reports";
    options.mail = mail;
    run(*make_chargeback_job(options), {{"period", "2026-10"},
                                        {"formats", "pdf,csv"},
                                        {"tenant", "t-1"},
                                        {"recipients", "finance@example.com"}});
  }
  RelayResult relay_at(Instant moment) {
    OutboxRelay relay(database, {&desk, mail});
    relay.add_lane({.channel = "mail"}, std::make_unique<SmallServer>(server), mail_retries);
    return relay.relay_waiting(moment, {});
  }
  std::vector<OutboxMessage> outbox() { return load_outbox(database.snapshot(), 100); }
  OutboxMessage statement() {
    for (const OutboxMessage& row : outbox()) {
      if (row.supersedes.empty()) return row;
    }
    throw std::runtime_error("no statement");
  }
  OutboxMessage note() {
    for (const OutboxMessage& row : outbox()) {
      if (!row.supersedes.empty()) return row;
    }
    throw std::runtime_error("no note");
  }
  StoredReport report() { return find_report(database.snapshot(), statement().report_id).value(); }
};

/// Quoted-printable text without its soft line ends.
std::string unfolded(std::string text) {
  for (auto end = text.find("=\r\n"); end != std::string::npos; end = text.find("=\r\n")) {
    text.erase(end, 3);
  }
  return text;
}

}  // namespace

TEST_CASE("a message too large for the server is superseded by one that says where the report is",
          "[deliver][promise]") {
  NoteBench bench;
  bench.server.bytes_max = std::filesystem::file_size(bench.statement().payload_path) - 1;
  const RelayResult result = bench.relay_at(start);
  CHECK(result.superseded == 1);
  CHECK(result.sent == 1);
  CHECK(result.failed == 0);
  CHECK(bench.outbox().size() == 2);
  const OutboxMessage statement = bench.statement();
  const OutboxMessage note = bench.note();
  CHECK(statement.state == OutboxState::superseded);
  CHECK(note.state == OutboxState::sent);
  CHECK(note.supersedes == statement.id);
  CHECK(note.id != statement.id);
  CHECK(note.message_id != statement.message_id);
  CHECK(note.dedupe_key == statement.dedupe_key + "/note");
  CHECK(note.recipient == statement.recipient);
  CHECK(note.subject == statement.subject);
  CHECK(note.report_id == statement.report_id);
  REQUIRE(bench.server.sent.size() == 1);
  CHECK(sha256_hex(bench.server.sent[0]) == note.payload_sha256);
  const std::string text = unfolded(bench.server.sent[0]);
  CHECK_THAT(text,
             Contains("From: \"Costs\"\r\n <costd@example.com>") &&
                 Contains("X-Report-Id: " + statement.report_id) &&
                 Contains("Auto-Submitted: auto-generated") &&
                 Contains("costctl chargeback download " + statement.report_id + " --to DIR") &&
                 Contains("The server said: 552 5.3.4 too big") &&
                 !Contains("Content-Disposition: attachment"));
  const StoredReport report = bench.report();
  REQUIRE(report.files.size() == 2);
  for (const ReportFile& file : report.files) {
    CHECK_THAT(text, Contains(file.file_name) && Contains(file.sha256));
  }
  CHECK(bench.desk.raised.empty());
  const auto attempts = load_delivery_attempts(bench.database.snapshot(), statement.id);
  REQUIRE(attempts.size() == 1);
  CHECK(attempts[0].outcome == "too_large");
}

TEST_CASE("a note that is too large as well is rejected, and one alert says so",
          "[deliver][promise]") {
  NoteBench bench;
  CHECK(bench.relay_at(start).failed == 1);
  CHECK(bench.statement().state == OutboxState::superseded);
  CHECK(bench.note().state == OutboxState::rejected);
  CHECK(bench.outbox().size() == 2);
  CHECK(bench.desk.raised.size() == 1);
  CHECK(bench.relay_at(start + hours(1)).failed == 0);
}

TEST_CASE("a message refused for its size again has one note still", "[deliver][promise]") {
  NoteBench bench;
  bench.server.bytes_max = std::filesystem::file_size(bench.statement().payload_path) - 1;
  bench.relay_at(start);
  const std::string first = bench.note().id;
  // As after a crash between the refusal and its commit, or when a person asks for another try.
  bench.change([&](UnitOfWork& unit) {
    OutboxMessage message = find_outbox_message(unit, bench.statement().id).value();
    retry_by_person(message, start + hours(1));
    update_outbox_message(unit, message);
  });
  CHECK(bench.relay_at(start + hours(1)).superseded == 1);
  CHECK(bench.outbox().size() == 2);
  CHECK(bench.note().id == first);
  CHECK(bench.server.sent.size() == 1);
}

TEST_CASE("a message without a report, or with one whose files are gone, gets no note",
          "[deliver]") {
  NoteBench bench;
  OutboxMessage alert = bench.statement();
  alert.report_id = "01JALERT";
  CHECK_FALSE(prepare_too_large_note(bench.database.snapshot(), alert, bench.mail, start));
  bench.change([&](UnitOfWork& unit) {
    delete_report(unit, bench.statement().report_id, start, "uid 1000", "too old");
  });
  CHECK_FALSE(
      prepare_too_large_note(bench.database.snapshot(), bench.statement(), bench.mail, start));
  CHECK(bench.relay_at(start).failed == 1);
  CHECK(bench.statement().state == OutboxState::rejected);
}

TEST_CASE("a note no smaller than what it stands for is not sent", "[deliver]") {
  NoteBench bench;
  OutboxMessage small = bench.statement();
  small.payload_path = bench.folder.write("small.eml", "Subject: x\r\n\r\nsmall\r\n");
  CHECK_FALSE(prepare_too_large_note(bench.database.snapshot(), small, bench.mail, start));
}

TEST_CASE("templates without one for notes give plain text that says so", "[deliver][promise]") {
  NoteBench bench;
  bench.mail.templates_dir = bench.folder / "restyled";
  const auto note =
      prepare_too_large_note(bench.database.snapshot(), bench.statement(), bench.mail, start);
  REQUIRE(note);
  const std::string text = unfolded(read_file(note->payload_path));
  CHECK_THAT(text, Contains("restyled/mail/too_large.txt: cannot read the template") &&
                       Contains("costctl chargeback download " + note->report_id + " --to DIR") &&
                       Contains(bench.report().files[0].sha256));
}

TEST_CASE("where the note cannot be stored the message is tried again", "[deliver][promise]") {
  NoteBench bench;
  bench.server.bytes_max = std::filesystem::file_size(bench.statement().payload_path) - 1;
  const std::string outbox = bench.mail.outbox_dir;
  bench.mail.outbox_dir = bench.folder.write("a-file", "in the way") + "/outbox";
  CHECK(bench.relay_at(start).retried == 1);
  CHECK(bench.statement().state == OutboxState::retry);
  CHECK_THAT(bench.statement().last_reply,
             Contains("552 5.3.4 too big; the note could not be stored: "));
  bench.mail.outbox_dir = outbox;
  CHECK(bench.relay_at(start + hours(1)).superseded == 1);
  CHECK(bench.note().state == OutboxState::sent);
}

}  // namespace costd
