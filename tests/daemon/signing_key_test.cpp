#include "daemon/signing_key.hpp"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "jobs/durable_file.hpp"
#include "ledger/error.hpp"
#include "ledger/sha256.hpp"
#include "ledger/store/audit_store.hpp"
#include "ledger/store/checkpoint_store.hpp"
#include "tests/support/quiet_log.hpp"
#include "tests/support/test_database.hpp"

namespace costd {
namespace {

using test::at;

struct KeyBench : test::TestDatabase {
  test::QuietLog quiet;
  Instant now = at("2026-10-05T12:00:00Z");
  std::string state = folder / "state";
  std::string file = state + "/keys/signing.pem";

  KeyBench() { std::filesystem::create_directories(state + "/keys"); }
  std::shared_ptr<const SigningKey> start() { return load_signing_key(database, state, now); }
  std::vector<AuditEvent> events() { return load_audit_events(database.snapshot(), 0, 100); }
  void audit() {
    change([&](UnitOfWork& unit) {
      unit.audit({.at = now, .actor = {"uid", "1000"}, .action = "prices.import", .object = ""});
    });
  }
  ChainReport judge() {
    return load_own_chain(database.snapshot(), database.install_id()).judge(std::nullopt);
  }
};

}  // namespace

TEST_CASE("a new chain begins with the installation and its key", "[signing]") {
  KeyBench bench;
  const auto key = bench.start();
  struct stat status {};
  REQUIRE(::stat(bench.file.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
  CHECK(read_file(bench.file) == key->pem());
  CHECK(bench.start()->pem() == key->pem());
  const auto events = bench.events();
  REQUIRE(events.size() == 1);
  CHECK(events[0].seq == 1);
  CHECK(events[0].action == "audit.genesis");
  CHECK(events[0].actor.text() == "system:costd");
  CHECK(events[0].object == bench.database.install_id());
  CHECK(events[0].after_sha256 == sha256_hex(key->public_key().pem()));
  CHECK_THAT(events[0].reason, Catch::StartsWith("costd " COSTD_VERSION ", schema ") &&
                                   Catch::EndsWith(", key " + key->public_key().id()));
}

TEST_CASE("a chain of an older costd names the key from now on", "[signing]") {
  KeyBench bench;
  bench.audit();
  const auto key = bench.start();
  bench.start();
  const auto events = bench.events();
  REQUIRE(events.size() == 2);
  CHECK(events[1].action == "audit.key");
  CHECK(events[1].object == key->public_key().id());
  CHECK(events[1].after_sha256 == sha256_hex(key->public_key().pem()));
}

TEST_CASE("a key that was lost or changed is replaced, and the chain tells", "[signing]") {
  KeyBench bench;
  const std::string first = bench.start()->public_key().id();
  end_with_checkpoint(bench.database, *bench.start(), bench.now);
  SECTION("lost") {
    std::filesystem::remove(bench.file);
  }
  SECTION("changed") {
    std::filesystem::remove(bench.file);
    write_durable_file(bench.file, SigningKey::generate().pem());
  }
  const auto second = bench.start();
  CHECK(second->public_key().id() != first);
  bench.start();
  const auto events = bench.events();
  REQUIRE(events.size() == 2);
  CHECK(events[1].action == "audit.key");
  CHECK(events[1].object == second->public_key().id());
  CHECK(events[1].before_sha256 == events[0].after_sha256);
  CHECK(events[1].reason ==
        "replaces key " + first + " without its signature: its file was lost or changed");
  end_with_checkpoint(bench.database, *second, bench.now);
  const ChainReport report = bench.judge();
  CHECK(report.result == ChainReport::Result::pass);
  CHECK(report.checkpoints == 2);
  CHECK(report.key_id == second->public_key().id());
}

TEST_CASE("a file that holds no key stops the start and stays as it is", "[signing]") {
  KeyBench bench;
  write_durable_file(bench.file, "no key");
  try {
    bench.start();
    FAIL("it was taken as a key");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::config);
    CHECK_THAT(error.what(), Catch::Contains(bench.file) && Catch::Contains("backup"));
  }
  CHECK(read_file(bench.file) == "no key");
  CHECK(bench.events().empty());
}

TEST_CASE("checkpoints are kept up while events come", "[signing]") {
  KeyBench bench;
  const auto key = bench.start();
  CHECK_FALSE(keep_checkpoints(bench.database, *key, bench.now));
  CHECK(bench.judge().checkpoints == 1);
  CHECK_FALSE(keep_checkpoints(bench.database, *key, bench.now + std::chrono::hours(1)));
  CHECK(bench.judge().checkpoints == 1);
  bench.audit();
  CHECK(keep_checkpoints(bench.database, *key, bench.now) == bench.now + checkpoint_age_max);
  CHECK(bench.judge().checkpoints == 1);
  CHECK(bench.judge().unanchored == 1);
  CHECK_FALSE(keep_checkpoints(bench.database, *key, bench.now + checkpoint_age_max));
  CHECK(bench.judge().checkpoints == 2);
  CHECK(bench.judge().unanchored == 0);
}

}  // namespace costd
