#include "jobs/state_recovery.hpp"

#include <catch2/catch.hpp>
#include <filesystem>

#include "jobs/chargeback_job.hpp"
#include "jobs/durable_file.hpp"
#include "jobs/report_file.hpp"
#include "ledger/error.hpp"
#include "ledger/hex.hpp"
#include "ledger/sha256.hpp"
#include "ledger/store/audit_store.hpp"
#include "ledger/store/connection.hpp"
#include "ledger/store/outbox_store.hpp"
#include "ledger/store/report_store.hpp"
#include "reports/chargeback_render.hpp"
#include "tests/support/desk.hpp"
#include "tests/support/job_bench.hpp"
#include "tests/support/quiet_log.hpp"

namespace costd {
namespace {

namespace fs = std::filesystem;
using test::a_usage_record;
using test::JobBench;
using test::RecordingDesk;

/// One tenant's October as PDF, CSV and XLSX, mailed to one recipient and not sent yet.
struct StateBench : JobBench {
  test::QuietLog quiet;
  RecordingDesk desk;
  RecoveryOptions options;
  std::shared_ptr<const SigningKey> key =
      std::make_shared<const SigningKey>(SigningKey::generate());

  StateBench() {
    now = test::at("2026-11-04T06:00:00Z");
    apply_prices({test::a_price("m-large", "0", "1")});
    ingest({a_usage_record().with_id("a").for_tenant("t-1")});
    rollup();
    options.state_dir = folder.path();
    options.alerts = &desk;
    make("RUN");
  }
  void make(const std::string& run) {
    run_id = run;
    ChargebackOptions chargeback;
    chargeback.reports_dir = folder / "reports";
    chargeback.signing_key = key;
    chargeback.mail = {
        "costd@example.com", {"csv"}, COSTD_SOURCE_DIR "/templates", folder / "outbox"};
    JobBench::run(*make_chargeback_job(chargeback), {{"period", "2026-10"},
                                                     {"tenant", "t-1"},
                                                     {"formats", "pdf,csv,xlsx"},
                                                     {"recipients", "finance@example.com"}});
  }
  RecoveryReport recover() { return recover_state(database, options, now); }
  /// The renderer of another version, whose bytes are its version and the format.
  void renderer_becomes(const std::string& version) {
    options.renderers["chargeback"] = {version,
                                       [version](const std::string&, const std::string& format) {
                                         return version + " " + format;
                                       }};
  }
  StoredReport report() {
    const auto listed = load_reports(database.snapshot(), "chargeback", "t-1", 10);
    return find_report(database.snapshot(), listed.at(0).id).value();
  }
  ReportFile file(const std::string& format) {
    const auto files = report().files;
    return *std::ranges::find(files, format, &ReportFile::format);
  }
  OutboxMessage message() { return load_outbox(database.snapshot(), 10).at(0); }
  std::string last_action() {
    std::string action;
    static_cast<Connection&>(database.snapshot()).sql
        << "select action from audit_event order by seq desc limit 1",
        soci::into(action);
    return action;
  }
  std::int64_t events() { return load_audit_head(database.snapshot()).count; }
  void was_written(const std::string& path, std::chrono::hours ago) const {
    const auto at = std::chrono::file_clock::from_sys(now - ago);
    fs::last_write_time(path, std::chrono::time_point_cast<fs::file_time_type::duration>(at));
  }
};

}  // namespace

TEST_CASE("in a state directory in order there is nothing to do", "[recovery]") {
  StateBench bench;
  const std::int64_t events = bench.events();
  const RecoveryReport report = bench.recover();
  CHECK(report == RecoveryReport{.at = bench.now});
  CHECK(bench.events() == events);
}

TEST_CASE("files of interrupted writes are removed, wherever they are", "[recovery]") {
  StateBench bench;
  fs::create_directories(bench.folder / "reports/aa");
  bench.folder.write("reports/aa/.tmp.half.pdf", "%PDF-1.");
  bench.folder.write("outbox/.tmp.half.eml", "From: ");
  CHECK(bench.recover().leftovers == 2);
  CHECK_FALSE(fs::exists(bench.folder / "reports/aa/.tmp.half.pdf"));
  CHECK_FALSE(fs::exists(bench.folder / "outbox/.tmp.half.eml"));
}

TEST_CASE("a file that no row names is removed after a day", "[recovery]") {
  StateBench bench;
  using namespace std::chrono_literals;
  fs::create_directories(bench.folder / "reports/aa");
  for (const char* name : {"reports/aa/fresh.pdf", "reports/aa/old.pdf", "outbox/old.eml",
                           "reports/aa/kept.pdf.damaged"}) {
    bench.was_written(bench.folder.write(name, "bytes"), 25h);
  }
  bench.was_written(bench.folder / "reports/aa/fresh.pdf", 24h);
  bench.was_written(bench.message().payload_path, 1'000h);
  const RecoveryReport report = bench.recover();
  CHECK(report.orphans == 3);
  CHECK(report.orphans_removed == 2);
  CHECK(fs::exists(bench.folder / "reports/aa/fresh.pdf"));
  CHECK_FALSE(fs::exists(bench.folder / "reports/aa/old.pdf"));
  CHECK_FALSE(fs::exists(bench.folder / "outbox/old.eml"));
  CHECK(fs::exists(bench.folder / "reports/aa/kept.pdf.damaged"));
  CHECK(fs::exists(bench.message().payload_path));
}

TEST_CASE("a missing report file comes back byte for byte from the stored model", "[recovery]") {
  for (const char* format : {"pdf", "csv", "xlsx"}) {
    StateBench bench;
    const ReportFile before = bench.file(format);
    const std::string bytes = read_file(before.path);
    fs::remove(before.path);
    const RecoveryReport report = bench.recover();
    INFO(format);
    CHECK(report.restored == 1);
    CHECK(report.rerendered == 0);
    CHECK(read_file(before.path) == bytes);
    CHECK(bench.file(format).replaces_sha256.empty());
    CHECK(bench.key->public_key().verifies(bytes, from_hex(bench.file(format).signature)));
    CHECK(bench.last_action() == "report.restore_file");
  }
}

TEST_CASE("what is left of a damaged file is kept beside it", "[recovery]") {
  StateBench bench;
  const ReportFile before = bench.file("csv");
  const std::string bytes = read_file(before.path);
  std::ofstream(before.path) << "cut o";
  CHECK(bench.recover().restored == 1);
  CHECK(read_file(before.path) == bytes);
  CHECK(read_file(before.path + ".damaged") == "cut o");
  CHECK(bench.recover() == RecoveryReport{.at = bench.now});
}

TEST_CASE("a newer renderer's file takes another name and says whose place it took", "[recovery]") {
  StateBench bench;
  const ReportFile before = bench.file("pdf");
  fs::remove(before.path);
  bench.renderer_becomes("new");
  CHECK(bench.recover().rerendered == 1);
  const ReportFile after = bench.file("pdf");
  CHECK(read_file(after.path) == "new pdf");
  CHECK(after.path == report_file_path(bench.folder / "reports", after));
  CHECK(after.sha256 == sha256_hex("new pdf"));
  CHECK(after.bytes == 7);
  CHECK(after.file_name == before.file_name);
  CHECK(after.replaces_sha256 == before.sha256);
  CHECK(after.renderer_version == "new");
  CHECK_FALSE(before.signature.empty());
  CHECK(after.signature.empty());
  CHECK(after.rendered_again_at == bench.now);
  CHECK_FALSE(fs::exists(before.path));
  CHECK(bench.last_action() == "report.render_again");
  CHECK(bench.report().renderer_version == chargeback_renderer_version);

  SECTION("lost once more, the note still names the first file") {
    fs::remove(after.path);
    bench.renderer_becomes("newest");
    CHECK(bench.recover().rerendered == 1);
    CHECK(bench.file("pdf").replaces_sha256 == before.sha256);
    CHECK(bench.file("pdf").renderer_version == "newest");
  }
  SECTION("the first renderer brings back the first file, which needs no note") {
    fs::remove(after.path);
    bench.options.renderers = known_renderers();
    bench.recover();
    CHECK(bench.file("pdf").sha256 == before.sha256);
    CHECK(bench.file("pdf").replaces_sha256.empty());
    CHECK(bench.file("pdf").rendered_again_at == Instant{});
  }
}

TEST_CASE("a file that cannot be rendered again is marked, once, until it can be", "[recovery]") {
  StateBench bench;
  const ReportFile before = bench.file("csv");
  const std::string bytes = read_file(before.path);
  fs::remove(before.path);
  SECTION("its model cannot be read") {
    bench.change([](UnitOfWork& unit) {
      static_cast<Connection&>(unit).sql << "update report set model = '{}'";
    });
  }
  SECTION("nobody renders its kind") {
    bench.options.renderers.clear();
  }
  SECTION("the renderer fails") {
    bench.options.renderers["chargeback"].render = [](const std::string&,
                                                      const std::string&) -> std::string {
      throw Error(ErrorCode::io, "the font is missing");
    };
  }
  CHECK(bench.recover().damaged == 1);
  CHECK_THAT(bench.file("csv").damage, Catch::StartsWith("the file is missing and cannot be "));
  CHECK(bench.last_action() == "report.damaged");
  CHECK(count_damaged_report_files(bench.database.snapshot()) == 1);
  const std::int64_t events = bench.events();
  CHECK(bench.recover().damaged == 1);
  CHECK(bench.events() == events);
  std::ofstream(before.path) << bytes;  // from a backup
  CHECK(bench.recover().restored == 1);
  CHECK(bench.file("csv").damage.empty());
  CHECK(count_damaged_report_files(bench.database.snapshot()) == 0);
}

TEST_CASE("a file with a download's mark is looked at, though its size is right", "[recovery]") {
  StateBench bench;
  ReportFile file = bench.file("csv");
  std::string bytes = read_file(file.path);
  std::string other = bytes;
  other.back() = other.back() == '\n' ? ' ' : '\n';
  std::ofstream(file.path, std::ios::binary) << other;
  CHECK(bench.recover() == RecoveryReport{.at = bench.now});
  file.damage = "found by a download";
  bench.change([&](UnitOfWork& unit) { update_report_file(unit, bench.report().id, file); });
  CHECK(bench.recover().restored == 1);
  CHECK(read_file(file.path) == bytes);
  CHECK(bench.file("csv").damage.empty());
}

TEST_CASE("the files of a deleted report are not made again", "[recovery]") {
  StateBench bench;
  const ReportFile file = bench.file("csv");
  bench.change([&](UnitOfWork& unit) {
    delete_report(unit, bench.report().id, bench.now, "uid:1000", "wrong month");
  });
  fs::remove(file.path);
  const RecoveryReport report = bench.recover();
  CHECK(report.rerendered + report.restored + report.damaged == 0);
  CHECK_FALSE(fs::exists(file.path));
}

TEST_CASE("files of a deleted report that are left go like those that no report names",
          "[recovery]") {
  StateBench bench;
  const ReportFile file = bench.file("csv");
  bench.change([&](UnitOfWork& unit) {
    delete_report(unit, bench.report().id, bench.now, "uid:1000", "wrong month");
  });
  bench.was_written(file.path, std::chrono::hours(25));
  CHECK(bench.recover().orphans_removed == 1);
  CHECK_FALSE(fs::exists(file.path));
}

TEST_CASE("a waiting message whose bytes are lost is rejected with the reason", "[recovery]") {
  StateBench bench;
  const OutboxMessage lost = bench.message();
  fs::remove(lost.payload_path);
  CHECK(bench.recover().rejected == 1);
  CHECK(bench.message().state == OutboxState::rejected);
  CHECK_THAT(bench.message().last_reply,
             Catch::Contains(lost.payload_path) && Catch::Contains("lost"));
  CHECK(bench.last_action() == "outbox.payload_lost");
  REQUIRE(bench.desk.raised.size() == 1);
  CHECK_THAT(bench.desk.raised.front().title, Catch::Contains("finance@example.com"));
  CHECK(bench.recover() == RecoveryReport{.at = bench.now});
}

TEST_CASE("a message that was sent needs its bytes no more", "[recovery]") {
  StateBench bench;
  OutboxMessage sent = bench.message();
  sent.state = OutboxState::sent;
  bench.change([&](UnitOfWork& unit) { update_outbox_message(unit, sent); });
  fs::remove(sent.payload_path);
  CHECK(bench.recover() == RecoveryReport{.at = bench.now});
}

TEST_CASE("a state directory that was moved keeps its reports and messages", "[recovery]") {
  StateBench bench;
  fs::create_directories(bench.folder / "elsewhere");
  for (const char* name : {"reports", "outbox"}) {
    fs::rename(bench.folder / name, bench.folder / (std::string("elsewhere/") + name));
  }
  bench.options.state_dir = bench.folder / "elsewhere";
  CHECK(bench.recover().moved == 4);  // three files of the report and a mail
  CHECK(read_file(bench.file("pdf").path).starts_with("%PDF"));
  CHECK_THAT(bench.message().payload_path, Catch::StartsWith(bench.options.state_dir));
  CHECK(bench.message().state == OutboxState::pending);
  CHECK(bench.recover() == RecoveryReport{.at = bench.now});
}

TEST_CASE("folders are made down to the one that is asked for", "[recovery]") {
  const TemporaryFolder folder;
  make_durable_folder(folder / "a/b/c");
  CHECK(fs::is_directory(folder / "a/b/c"));
  CHECK_NOTHROW(make_durable_folder(folder / "a/b"));
  folder.write("file", "");
  CHECK_THROWS_WITH(make_durable_folder(folder / "file/under"), Catch::Contains("file/under"));
}

TEST_CASE("a write that fails leaves nothing behind", "[recovery]") {
  const TemporaryFolder folder;
  fs::create_directories(folder / "taken");  // a file cannot take the place of a folder
  CHECK_THROWS_AS(write_durable_file(folder / "taken", "bytes"), Error);
  CHECK(std::distance(fs::directory_iterator(folder.path()), {}) == 1);
}

}  // namespace costd
