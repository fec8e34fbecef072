#include "jobs/chargeback_job.hpp"

#include <catch2/catch.hpp>
#include <set>

#include "jobs/durable_file.hpp"
#include "jobs/report_seal.hpp"
#include "ledger/error.hpp"
#include "ledger/hex.hpp"
#include "ledger/sha256.hpp"
#include "ledger/store/audit_store.hpp"
#include "ledger/store/checkpoint_store.hpp"
#include "ledger/store/connection.hpp"
#include "ledger/store/outbox_store.hpp"
#include "ledger/store/report_store.hpp"
#include "ledger/store/tenant_store.hpp"
#include "reports/chargeback_model.hpp"
#include "tests/support/job_bench.hpp"

namespace costd {
namespace {

using test::a_usage_record;
using test::count_of;
using test::JobBench;

/// Two tenants with usage in October; mail is configured, the templates are the shipped ones.
struct ReportBench : JobBench {
  ChargebackOptions options;
  RunParameters parameters{{"period", "2026-10"}, {"formats", "csv"}};

  ReportBench() {
    now = test::at("2026-11-04T06:00:00Z");
    apply_prices({test::a_price("m-large", "0", "1")});
    ingest({a_usage_record().with_id("a").for_tenant("t-1"),
            a_usage_record().with_id("b").for_tenant("t-2")});
    rollup();
    options.reports_dir = folder / "reports";
    options.mail = {"costd@example.com", {"csv"}, COSTD_SOURCE_DIR "/templates", folder / "outbox"};
  }
  JobResult make(const RunParameters& more = {}) {
    RunParameters all = parameters;
    for (const auto& [name, value] : more) all[name] = value;
    return run(*make_chargeback_job(options), all);
  }
  void close(const std::string& tenant) {
    change([&](UnitOfWork& unit) {
      close_period(unit, tenant, test::month("2026-10"), now, "test", "");
    });
  }
  std::vector<StoredReport> reports() {
    return load_reports(database.snapshot(), "chargeback", std::nullopt, 100);
  }
  std::vector<OutboxMessage> outbox() { return load_outbox(database.snapshot(), 100); }
};

}  // namespace

TEST_CASE("a month's statements are stored with files, hashes and audit events", "[chargeback]") {
  ReportBench bench;
  const JobResult result = bench.make();
  CHECK(count_of(result, "reports") == 3);
  CHECK(result.outputs.size() == 3);
  const auto reports = bench.reports();
  REQUIRE(reports.size() == 3);
  for (const StoredReport& listed : reports) {
    const StoredReport report = find_report(bench.database.snapshot(), listed.id).value();
    CHECK(report.revision == 1);
    CHECK(report.status == "PRELIMINARY");
    CHECK(report.run_id == "RUN");
    CHECK(sha256_hex(report.model) == report.model_sha256);
    CHECK(chargeback_model_from_json(report.model).report_id == report.id);
    REQUIRE(report.files.size() == 1);
    const std::string bytes = read_file(report.files.front().path);
    CHECK(sha256_hex(bytes) == report.files.front().sha256);
    CHECK(report.files.front().bytes == static_cast<std::int64_t>(bytes.size()));
  }
  CHECK(load_audit_head(bench.database.snapshot()).count == 3);
  CHECK(bench.outbox().empty());
}

TEST_CASE("statements are signed with a manifest, and a checkpoint comes with each",
          "[chargeback]") {
  ReportBench bench;
  const auto key = std::make_shared<const SigningKey>(SigningKey::generate());
  bench.options.signing_key = key;
  bench.make();
  const auto reports = bench.reports();
  REQUIRE(reports.size() == 3);
  for (const StoredReport& listed : reports) {
    const StoredReport report = find_report(bench.database.snapshot(), listed.id).value();
    const PublicKey known = key->public_key();
    CHECK(known.verifies(report.manifest, from_hex(report.manifest_signature)));
    const ReportFile& file = report.files.front();
    CHECK(known.verifies(read_file(file.path), from_hex(file.signature)));
    const SealManifest manifest = parse_manifest(report.manifest);
    CHECK(manifest.report_id == report.id);
    REQUIRE(manifest.files.size() == 1);
    CHECK(manifest.files.front().name == file.file_name);
    CHECK(manifest.files.front().sha256 == file.sha256);
  }
  const auto checkpoints = load_checkpoints(bench.database.snapshot(), 0, 10);
  REQUIRE(checkpoints.size() == 3);
  CHECK(checkpoints.back().hash == load_audit_head(bench.database.snapshot()).hash);
}

TEST_CASE("a statement says where the audit chain stood when it was made", "[chargeback]") {
  ReportBench bench;
  bench.make({{"tenant", "t-1"}});
  const AuditHead before = load_audit_head(bench.database.snapshot());
  bench.run_id = "RUN2";
  bench.make({{"tenant", "t-1"}});
  const auto newest = find_latest_report(bench.database.snapshot(), "chargeback", "t-1",
                                         days_of(test::month("2026-10")), "");
  const auto model =
      chargeback_model_from_json(find_report(bench.database.snapshot(), newest->id).value().model);
  CHECK(model.audit_chain == ChainHead{before.count, before.hash});
}

TEST_CASE("a run that is tried again makes neither a second report nor a second mail",
          "[chargeback]") {
  ReportBench bench;
  const RunParameters mailed{{"recipients", "finance@example.com, cfo@example.com"}};
  CHECK(count_of(bench.make(mailed), "mails") == 2);
  const JobResult again = bench.make(mailed);
  CHECK(again.outputs.size() == 3);  // as the attempt before may have been cut off
  CHECK(count_of(again, "reports") == 0);
  CHECK(count_of(again, "mails") == 0);
  CHECK(bench.reports().size() == 3);
  CHECK(bench.outbox().size() == 2);
}

TEST_CASE("a run stopped half-way goes on after the statements it has stored", "[chargeback]") {
  ReportBench bench;
  bench.monitor.on_progress = [&](const RunProgress& progress) {
    if (progress.done == 1) bench.stop.request_stop();
  };
  CHECK_THROWS_AS(bench.make(), Error);
  CHECK(bench.reports().size() == 1);
  bench.stop = {};
  bench.monitor.on_progress = nullptr;
  CHECK(count_of(bench.make(), "reports") == 2);
  CHECK(bench.reports().size() == 3);
}

TEST_CASE("another run makes the next revision", "[chargeback]") {
  ReportBench bench;
  bench.make();
  bench.run_id = "RUN2";
  bench.make({{"tenant", "t-1"}});
  const auto own = load_reports(bench.database.snapshot(), "chargeback", "t-1", 10);
  REQUIRE(own.size() == 2);
  CHECK(std::max(own[0].revision, own[1].revision) == 2);
}

TEST_CASE("a run makes one PRELIMINARY and, once the month is closed, one FINAL statement of each",
          "[chargeback][promise]") {
  ReportBench bench;
  const RunParameters mailed{{"recipients", "finance@example.com"}};
  std::set<std::string> known;
  const auto made = [&] {
    std::vector<std::string> all;
    for (const std::string& id : bench.make(mailed).outputs) {
      if (!known.insert(id).second) continue;
      const auto report = find_report(bench.database.snapshot(), id);
      all.push_back(report->tenant + " " + report->status + " " + std::to_string(report->revision));
    }
    return all;
  };
  using Made = std::vector<std::string>;
  CHECK(made() == Made{"t-1 PRELIMINARY 1", "t-2 PRELIMINARY 1", " PRELIMINARY 1"});
  CHECK(made().empty());
  bench.close("t-1");
  CHECK(made() == Made{"t-1 FINAL 2"});
  CHECK(made().empty());
  bench.close("t-2");
  CHECK(made() == Made{"t-2 FINAL 2", " FINAL 2"});
  CHECK(made().empty());
  CHECK(bench.outbox().size() == 2);  // finance: all tenants, preliminary and final
}

TEST_CASE("a schedule does not make a FINAL statement again that its recipients have",
          "[chargeback][promise]") {
  ReportBench bench;
  bench.close("t-1");
  bench.close("t-2");
  const RunParameters mailed{{"recipients", "finance@example.com"}};
  CHECK(count_of(bench.make(), "reports") == 3);  // a person looks, nothing is mailed
  bench.actor = {"schedule", "month-end"};
  bench.run_id = "RUN2";
  const JobResult first = bench.make(mailed);
  CHECK(count_of(first, "reports") == 1);  // finance has not got the one of all tenants
  CHECK(count_of(first, "mails") == 1);
  bench.run_id = "RUN3";
  CHECK(count_of(bench.make(mailed), "reports") == 0);
}

TEST_CASE("with a tenant's missing FINAL statement comes the one of all, once all are closed",
          "[chargeback]") {
  ReportBench bench;
  const RunParameters wanted{
      {"statements", "missing"}, {"tenant", "t-1"}, {"recipients", "finance@example.com"}};
  CHECK(count_of(bench.make(wanted), "reports") == 1);  // PRELIMINARY, of t-1 alone
  bench.run_id = "RUN2";
  CHECK(count_of(bench.make(wanted), "reports") == 0);
  bench.close("t-1");
  CHECK(count_of(bench.make(wanted), "reports") == 1);
  bench.close("t-2");
  bench.run_id = "RUN3";
  const JobResult second = bench.make(wanted);
  REQUIRE(second.outputs.size() == 1);
  const auto report = find_report(bench.database.snapshot(), second.outputs.front());
  CHECK(report->tenant.empty());
  CHECK(report->status == "FINAL");
  CHECK(count_of(second, "mails") == 1);
}

TEST_CASE(
    "a second FINAL statement has the same figures, the next revision, and says which one it "
    "supersedes; the first one's files never change",
    "[chargeback][promise]") {
  ReportBench bench;
  bench.parameters["formats"] = "pdf,csv,xlsx";
  bench.close("t-1");
  const std::string first_id = bench.make({{"tenant", "t-1"}}).outputs.at(0);
  const auto first = find_report(bench.database.snapshot(), first_id).value();
  REQUIRE(first.files.size() == 3);

  // A late record and another price: October stays what it was.
  bench.ingest({a_usage_record().with_id("late").for_tenant("t-1").with_output_tokens(5'000'000)});
  bench.apply_prices({test::a_price("m-large", "0", "9")});
  bench.rollup();
  bench.run_id = "RUN2";
  const std::string second_id = bench.make({{"tenant", "t-1"}}).outputs.at(0);
  const auto second = find_report(bench.database.snapshot(), second_id).value();
  CHECK(second.status == "FINAL");
  CHECK(second.revision == 2);
  ChargebackModel old_model = chargeback_model_from_json(first.model);
  ChargebackModel new_model = chargeback_model_from_json(second.model);
  REQUIRE(new_model.supersedes);
  CHECK(new_model.supersedes->revision == 1);
  CHECK(new_model.supersedes->sha256 == first.model_sha256);
  CHECK_FALSE(old_model.supersedes);
  new_model.supersedes.reset();
  new_model.revision = old_model.revision;
  new_model.report_id = old_model.report_id;
  CHECK(new_model.audit_chain != old_model.audit_chain);  // the first one is an event since
  new_model.audit_chain = old_model.audit_chain;
  CHECK(to_json(new_model) == to_json(old_model));

  for (const ReportFile& file : first.files) {
    CHECK(sha256_hex(read_file(file.path)) == file.sha256);
  }
  CHECK(find_report(bench.database.snapshot(), first_id)->model_sha256 == first.model_sha256);
}

TEST_CASE("the run's recipients get the statement of its whole scope only", "[chargeback]") {
  ReportBench bench;
  bench.options.tenant_recipients = {{"t-1", {"owner@example.com"}}};
  bench.make({{"recipients", "finance@example.com"}});
  const auto outbox = bench.outbox();
  REQUIRE(outbox.size() == 2);
  for (const OutboxMessage& message : outbox) {
    const auto report = find_report(bench.database.snapshot(), message.report_id);
    REQUIRE(report);
    CHECK(report->tenant == (message.recipient == "owner@example.com" ? "t-1" : ""));
    CHECK(message.state == OutboxState::pending);
    const std::string bytes = read_file(message.payload_path);
    CHECK(sha256_hex(bytes) == message.payload_sha256);
    CHECK(bytes.find("<" + message.message_id + ">") != std::string::npos);
  }
}

TEST_CASE("without mail there are reports and no messages", "[chargeback]") {
  ReportBench bench;
  bench.options.mail.from.clear();
  CHECK(count_of(bench.make({{"recipients", "finance@example.com"}}), "reports") == 3);
  CHECK(bench.outbox().empty());
}

TEST_CASE("a statement that does not tie out is refused and nothing is stored", "[chargeback]") {
  ReportBench bench;
  bench.change([](UnitOfWork& unit) {
    static_cast<Connection&>(unit).sql
        << "update ingest_tally set record_count = record_count + 1 where tenant = 't-2'";
  });
  CHECK_THROWS_WITH(bench.make({{"recipients", "finance@example.com"}}),
                    Catch::Contains("t-2") && Catch::Contains("does not tie out"));
  CHECK(bench.reports().empty());
  CHECK(bench.outbox().empty());
}

TEST_CASE("a chargeback needs days, known formats and a known tenant", "[chargeback]") {
  ReportBench bench;
  CHECK_THROWS_WITH(bench.run(*make_chargeback_job(bench.options), {}),
                    Catch::Contains("--period"));
  CHECK_THROWS_WITH(bench.make({{"formats", "csv,docx"}}), Catch::Contains("docx"));
  CHECK_THROWS_WITH(bench.make({{"tenant", "t-9"}}), Catch::Contains("t-9"));
  CHECK_THROWS_AS(bench.make({{"period", "2026-13"}}), Error);
  CHECK_THROWS_AS(bench.make({{"period", ""}, {"from", "2026-10-05"}, {"to", "2026-10-05"}}),
                  Error);
}

TEST_CASE("a tenant's name cannot leave the folder by way of a file name", "[chargeback]") {
  ReportBench bench;
  bench.ingest({a_usage_record().with_id("c").for_tenant("../../etc/passwd")});
  bench.rollup();
  bench.make({{"tenant", "../../etc/passwd"}});
  const std::string name = bench.reports().front().files.front().file_name;
  CHECK(name.find('/') == std::string::npos);
  CHECK_THAT(name, Catch::StartsWith("chargeback-2026-10-") && Catch::EndsWith("-r1.csv"));
}

TEST_CASE("lists are split at commas", "[chargeback]") {
  CHECK(split_list(" a , b,,c ,") == std::vector<std::string>{"a", "b", "c"});
  CHECK(split_list("").empty());
}

}  // namespace costd
