#include "jobs/backup_job.hpp"

#include <sys/stat.h>

#include <catch2/catch.hpp>

#include "jobs/backup_folder.hpp"
#include "ledger/error.hpp"
#include "ledger/store/audit_store.hpp"
#include "tests/support/job_bench.hpp"

namespace costd::test {
namespace {

namespace fs = std::filesystem;

/// The database's folder is the state directory.
struct BackupBench : JobBench {
  std::string directory = folder / "backups";
  int keep = 3;

  BackupBench() {
    now = at("2026-10-31T06:00:00.25Z");
    for (const char* part : {"reports/one", "outbox", "keys"})
      fs::create_directories(folder / part);
    folder.write("reports/one/statement.csv", "a,b\n");
    folder.write("reports/one/.tmp.half", "hal");
    folder.write("outbox/mail.eml", "From: a\r\n");
    folder.write("keys/install.key", "secret");
    REQUIRE(::chmod((folder / "keys/install.key").c_str(), 0600) == 0);
  }
  JobResult backup() { return run(*make_backup_job({folder / "", directory, keep})); }
  std::vector<std::string> backups() const {
    std::vector<std::string> names;
    for (const auto& found : fs::directory_iterator(directory)) {
      names.push_back(found.path().filename().string());
    }
    std::ranges::sort(names);
    return names;
  }
};

unsigned mode_of(const std::string& path) {
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 0777U;
}

}  // namespace

TEST_CASE("a backup holds the database, reports, mails and keys, and proves them", "[backup]") {
  BackupBench bench;
  const JobResult result = bench.backup();
  const std::string made = bench.directory + "/costd-20261031T060000Z";
  CHECK(result.outputs == std::vector{made});
  CHECK(count_of(result, "files") == 4);
  const BackupManifest manifest = check_backup(made);
  std::vector<std::string> paths;
  for (const BackupFile& file : manifest.files) paths.push_back(file.path);
  CHECK(paths == std::vector<std::string>{"costd.db", "keys/install.key", "outbox/mail.eml",
                                          "reports/one/statement.csv"});
  CHECK(manifest.costd_version == COSTD_VERSION);
  CHECK(manifest.made_at == bench.now);
  // printf 'a,b\n' | sha256sum
  CHECK(manifest.files[3].digest ==
        FileDigest{4, "5be08c9684a1d25efcee09318204824278b08bbfb4aef973ffefd0b9d7478313"});
  CHECK(read_file(made + "/reports/one/statement.csv") == "a,b\n");
  CHECK(mode_of(made + "/keys/install.key") == 0600);
  CHECK(bench.backups().size() == 1);  // nothing half-made beside it
  CHECK(bench.backup().outputs == std::vector{bench.directory + "/costd-20261031T060001Z"});
}

TEST_CASE("a backup is audited with the hash of its manifest", "[backup]") {
  BackupBench bench;
  const std::string made = bench.backup().outputs.front();
  const auto events = load_audit_events(bench.database.snapshot(), 0, 10);
  REQUIRE(events.size() == 1);
  CHECK(events[0].action == "backup.make");
  CHECK(events[0].object == made);
  CHECK(events[0].actor.text() == "uid:1000");
  CHECK(events[0].after_sha256 == digest_of_file(made + "/manifest.json").sha256);
  // The event is younger than the copy: that one's chain ends before it.
  CHECK(check_backup(made).database.audit_head.count == 0);
}

TEST_CASE("the oldest beyond the number kept are removed, and nothing else", "[backup]") {
  BackupBench bench;
  fs::create_directories(bench.directory + "/costd-notes");
  fs::create_directories(bench.directory + "/.tmp.costd-20260101T000000Z/reports");  // of a crash
  for (int day = 0; day < 5; ++day) {
    const JobResult result = bench.backup();
    CHECK(count_of(result, "removedBackups") == (day < 3 ? 0 : 1));
    bench.now += std::chrono::days(1);
  }
  CHECK(bench.backups() == std::vector<std::string>{"costd-20261102T060000Z",
                                                    "costd-20261103T060000Z",
                                                    "costd-20261104T060000Z", "costd-notes"});
  // Also where the clock was set back, the newest is the one just made.
  bench.keep = 1;
  bench.now = at("2026-01-01T00:00:00Z");
  bench.backup();
  CHECK(bench.backups() == std::vector<std::string>{"costd-20260101T000000Z", "costd-notes"});
}

TEST_CASE("a backup that is stopped or cannot be written leaves nothing", "[backup]") {
  BackupBench bench;
  bench.stop.request_stop();
  CHECK_THROWS_AS(bench.backup(), Error);
  CHECK(bench.backups().empty());
  bench.stop = {};
  bench.directory = bench.folder.write("a-file", "x");
  CHECK_THROWS_WITH(bench.backup(), Catch::Contains("a-file"));
  CHECK(load_audit_head(bench.database.snapshot()).count == 0);
}

TEST_CASE("any damage to a backup is found and named", "[backup]") {
  struct Row {
    const char* file;
    const char* content;  ///< null: removed
    const char* words;
  };
  const std::vector<Row> rows{
      {"reports/one/statement.csv", "a,c\n", "statement.csv is damaged"},
      {"reports/one/statement.csv", "", "statement.csv is damaged"},
      {"keys/install.key", nullptr, "install.key is missing"},
      {"costd.db", "SQLite format 3", "costd.db is damaged"},
      {"manifest.json", nullptr, "no manifest.json"},
      {"manifest.json", "{\"format\":1", "manifest.json is damaged"},
      {"manifest.json", "{\"format\":1}", "manifest.json is damaged"},
      {"manifest.json", "{\"format\":2}", "newer costd"},
  };
  BackupBench bench;
  const std::string made = bench.backup().outputs.front();
  for (const Row& row : rows) {
    CAPTURE(row.file, row.words);
    const std::string copy = bench.folder / "damaged";
    fs::remove_all(copy);
    fs::copy(made, copy, fs::copy_options::recursive);
    fs::remove(copy + "/" + row.file);
    if (row.content != nullptr) bench.folder.write(std::string("damaged/") + row.file, row.content);
    CHECK_THROWS_WITH(check_backup(copy), Catch::Contains(row.words));
  }
}

TEST_CASE("a manifest cannot name files elsewhere", "[backup]") {
  for (const char* path : {"../reports/x", "reports/../../x", "/etc/passwd", "", "costd.lock",
                           "reports/./x", "keys/"}) {
    CAPTURE(path);
    const TemporaryFolder folder;
    BackupManifest manifest;
    manifest.files.push_back({path, {}, 0640});
    folder.write("manifest.json", format_manifest(manifest));
    CHECK_THROWS_WITH(check_backup(folder / ""), Catch::Contains("none of a state directory"));
  }
}

}  // namespace costd::test
