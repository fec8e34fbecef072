#include "ledger/store/checkpoint_store.hpp"
#include "ledger/sha256.hpp"

#include <catch2/catch.hpp>

#include "ledger/store/audit_store.hpp"
#include "ledger/store/connection.hpp"
#include "tests/support/test_database.hpp"

namespace costd {
namespace {

using test::at;

struct CheckpointBench : test::TestDatabase {
  SigningKey key = SigningKey::generate();
  Instant now = at("2026-10-05T12:00:00Z");

  void audit(const std::string& action, const Actor& actor = {"uid", "1000"},
             const std::string& tenant = "") {
    change([&](UnitOfWork& unit) {
      unit.audit({.at = now, .actor = actor, .action = action, .object = "", .tenant = tenant});
    });
  }
  std::optional<AuditCheckpoint> sign() {
    std::optional<AuditCheckpoint> made;
    change(
        [&](UnitOfWork& unit) { made = store_checkpoint(unit, database.install_id(), key, now); });
    return made;
  }
  void begin() {
    change([&](UnitOfWork& unit) {
      store_public_key(unit, key.public_key(), now);
      unit.audit({.at = now,
                  .actor = {"system", "costd"},
                  .action = genesis_action,
                  .object = database.install_id(),
                  .after_sha256 = sha256_hex(key.public_key().pem())});
    });
  }
  std::vector<std::int64_t> found(const AuditFilter& filter) {
    std::vector<std::int64_t> seqs;
    for (const AuditEvent& event : load_audit_events(database.snapshot(), 0, 100, filter)) {
      seqs.push_back(event.seq);
    }
    CHECK(count_audit_events(database.snapshot(), filter) ==
          static_cast<std::int64_t>(seqs.size()));
    return seqs;
  }
};

}  // namespace

TEST_CASE("a checkpoint signs where the chain stands, once, and names the one before",
          "[checkpoint]") {
  CheckpointBench bench;
  CHECK_FALSE(bench.sign());
  bench.begin();
  bench.audit("prices.import");
  const auto first = bench.sign();
  REQUIRE(first);
  CHECK(first->number == 1);
  CHECK(first->seq == 2);
  CHECK(first->previous == audit_genesis_hash);
  CHECK_FALSE(bench.sign());
  bench.audit("prices.import");
  const auto second = bench.sign();
  REQUIRE(second);
  CHECK(second->number == 2);
  CHECK(second->hash == load_audit_head(bench.database.snapshot()).hash);
  CHECK(second->previous == sha256_hex(signed_text(*first, bench.database.install_id())));
  CHECK(load_checkpoints(bench.database.snapshot(), 0, 10) == std::vector{*first, *second});
  CHECK(load_checkpoints(bench.database.snapshot(), 1, 10) == std::vector{*second});
  CHECK(find_newest_checkpoint(bench.database.snapshot()) == second);
  const ChainReport report =
      load_own_chain(bench.database.snapshot(), bench.database.install_id()).judge(std::nullopt);
  CHECK(report.result == ChainReport::Result::pass);
  CHECK(report.checkpoints == 2);
  CHECK(report.unanchored == 0);
}

TEST_CASE("checkpoints and keys can be neither changed nor deleted", "[checkpoint]") {
  CheckpointBench bench;
  bench.begin();
  REQUIRE(bench.sign());
  UnitOfWork unit = bench.database.begin();
  soci::session& sql = static_cast<Connection&>(unit).sql;
  for (const char* statement :
       {"update audit_checkpoint set seq = 1", "delete from audit_checkpoint",
        "update signing_key set id = 'x'", "delete from signing_key"}) {
    CHECK_THROWS_WITH(sql << statement, Catch::Contains("append-only"));
  }
}

TEST_CASE("a chain that was cut behind a checkpoint is not signed again", "[checkpoint]") {
  CheckpointBench bench;
  bench.begin();
  for (int n = 0; n < 5; ++n) bench.audit("prices.import");
  REQUIRE(bench.sign());
  bench.change([](UnitOfWork& unit) {
    soci::session& sql = static_cast<Connection&>(unit).sql;
    sql << "drop trigger audit_event_no_delete";
    sql << "delete from audit_event where seq > 2";
  });
  bench.audit("prices.import");
  CHECK_FALSE(bench.sign());
  const ChainReport report =
      load_own_chain(bench.database.snapshot(), bench.database.install_id()).judge(std::nullopt);
  CHECK(report.result == ChainReport::Result::fail);
  REQUIRE(report.findings.size() == 1);
  CHECK(report.findings.front().fault == ChainFault::tail_cut);
}

TEST_CASE("audit events are found by action, actor, tenant and time", "[audit]") {
  CheckpointBench bench;
  bench.audit("prices.import");
  bench.now = at("2026-10-06T12:00:00Z");
  bench.audit("prices.import", {"uid", "7"}, "acme");
  bench.audit("budget.add", {"schedule", "7"}, "acme");
  using Seqs = std::vector<std::int64_t>;
  CHECK(bench.found({}) == Seqs{1, 2, 3});
  CHECK(bench.found({.action = "prices.import"}) == Seqs{1, 2});
  CHECK(bench.found({.actor = "7"}) == Seqs{2, 3});
  CHECK(bench.found({.actor = "uid:7"}) == Seqs{2});
  CHECK(bench.found({.tenant = "acme"}) == Seqs{2, 3});
  CHECK(bench.found({.from = at("2026-10-06T12:00:00Z")}) == Seqs{2, 3});
  CHECK(bench.found({.to = at("2026-10-06T12:00:00Z")}) == Seqs{1});
  CHECK(bench.found({.action = "budget.add", .actor = "uid:7"}).empty());
  CHECK(load_audit_events(bench.database.snapshot(), 1, 1, {.tenant = "acme"}).front().seq == 2);
}

TEST_CASE("the newest event that names a key is found", "[audit]") {
  CheckpointBench bench;
  CHECK_FALSE(find_key_event(bench.database.snapshot()));
  bench.begin();
  bench.audit("prices.import");
  CHECK(find_key_event(bench.database.snapshot())->seq == 1);
  bench.audit(key_action);
  CHECK(find_key_event(bench.database.snapshot())->seq == 3);
}

}  // namespace costd
