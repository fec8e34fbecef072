#include <catch2/catch.hpp>
#include <functional>

#include "ledger/own_chain.hpp"
#include "ledger/sha256.hpp"
#include "tests/support/ledger_builders.hpp"

namespace costd {
namespace {

constexpr const char* install = "0123456789abcdef0123456789abcdef";

/// A chain with a checkpoint after every `every` events, as its rows are.
struct SignedChain {
  SigningKey key = SigningKey::generate();
  std::vector<AuditEvent> events;
  std::vector<AuditCheckpoint> checkpoints;

  explicit SignedChain(int count, int every = 10) {
    for (int n = 1; n <= count; ++n) {
      AuditEvent event;
      event.at = test::at("2026-10-05T12:00:00Z") + std::chrono::seconds(n);
      event.actor = {"system", "costd"};
      event.action = n == 1 ? genesis_action : "prices.import";
      event.object = n == 1 ? install : "prices.yaml";
      if (n == 1) event.after_sha256 = sha256_hex(key.public_key().pem());
      append(std::move(event));
      if (n % every == 0) sign();
    }
  }
  void append(AuditEvent event) {
    event.seq = static_cast<std::int64_t>(events.size()) + 1;
    events.push_back(std::move(event));
    chain_from(events.size() - 1);
  }
  /// Makes the hashes anew from that event on, as whoever changed it would.
  void chain_from(std::size_t first) {
    for (std::size_t n = first; n < events.size(); ++n) {
      events[n].seq = static_cast<std::int64_t>(n) + 1;
      events[n].previous_hash = n == 0 ? audit_genesis_hash : events[n - 1].hash;
      events[n].hash = hash_of(events[n]);
    }
  }
  void sign() {
    AuditCheckpoint next{static_cast<std::int64_t>(checkpoints.size()) + 1,
                         events.back().seq,
                         events.back().hash,
                         events.back().at,
                         checkpoints.empty() ? audit_genesis_hash
                                             : sha256_hex(signed_text(checkpoints.back(), install)),
                         "",
                         ""};
    checkpoints.push_back(signed_by(key, std::move(next), install));
  }
  ChainReport judge(const std::string& pinned = "") const {
    OwnChain chain;
    for (const AuditEvent& event : events) chain.add(event);
    chain.add(key.public_key());
    for (const AuditCheckpoint& checkpoint : checkpoints) chain.add(checkpoint, install);
    return chain.judge(std::nullopt, pinned);
  }
};

std::string kinds_of(const ChainReport& report) {
  std::string text;
  for (const ChainFinding& finding : report.findings) {
    text +=
        std::to_string(finding.seq.value_or(0)) + " " + std::string(name_of(finding.fault)) + ";";
  }
  return text;
}

}  // namespace

TEST_CASE("the signed text of a checkpoint is eight lines", "[checkpoint]") {
  const AuditCheckpoint checkpoint{7,
                                   9480,
                                   std::string(64, 'a'),
                                   test::at("2026-10-05T12:00:00.5Z"),
                                   std::string(64, 'b'),
                                   "00ff00ff00ff00ff",
                                   ""};
  CHECK(signed_text(checkpoint, install) ==
        "costd-checkpoint-v1\n0123456789abcdef0123456789abcdef\n7\n9480\n" + std::string(64, 'a') +
            "\n2026-10-05T12:00:00.500Z\n" + std::string(64, 'b') + "\n00ff00ff00ff00ff");
}

TEST_CASE("a checkpoint is due after so many events or minutes, if there is any event",
          "[checkpoint]") {
  const Instant now = test::at("2026-10-05T12:00:00Z");
  AuditCheckpoint newest;
  newest.seq = 500;
  newest.at = test::at("2026-10-05T11:50:00Z");
  CHECK_FALSE(next_checkpoint(std::nullopt, 0, now));
  CHECK(next_checkpoint(std::nullopt, 1, now) == now);
  CHECK_FALSE(next_checkpoint(newest, 500, now));
  CHECK_FALSE(next_checkpoint(newest, 400, now));
  CHECK(next_checkpoint(newest, 501, now) == test::at("2026-10-05T12:05:00Z"));
  CHECK(next_checkpoint(newest, 1499, now) == test::at("2026-10-05T12:05:00Z"));
  CHECK(next_checkpoint(newest, 1500, now) == now);
}

TEST_CASE("a chain with genuine checkpoints passes, and events behind them are not anchored",
          "[checkpoint]") {
  const SignedChain chain(37);
  const ChainReport report = chain.judge();
  CHECK(report.result == ChainReport::Result::pass);
  CHECK(report.checkpoints == 3);
  CHECK(report.unanchored == 7);
  CHECK(report.key_id == chain.key.public_key().id());
  CHECK(chain.judge(report.key_id).result == ChainReport::Result::pass);
}

TEST_CASE("a cut tail shows by the newest checkpoint", "[checkpoint]") {
  SignedChain chain(40);
  chain.events.resize(31);
  const ChainReport report = chain.judge();
  CHECK(report.result == ChainReport::Result::fail);
  CHECK(kinds_of(report) == "31 TAIL_CUT;");
  CHECK_THAT(report.findings.front().what,
             Catch::Equals("checkpoint 4 says 40, the chain has 31: 9 are missing at the end"));
  CHECK(report.unanchored == 1);
  chain.events.clear();
  CHECK(chain.judge().result == ChainReport::Result::fail);
}

TEST_CASE("a chain made anew shows at every checkpoint behind the change", "[checkpoint]") {
  SignedChain chain(30);
  chain.events[14].reason = "another";
  chain.chain_from(14);
  CHECK(kinds_of(chain.judge()) == "20 CONTENT;30 CONTENT;");
  SignedChain shorter(30);
  shorter.events.erase(shorter.events.begin() + 14);
  shorter.chain_from(14);
  CHECK(kinds_of(shorter.judge()) == "20 CONTENT;29 TAIL_CUT;");
}

TEST_CASE("damage of a checkpoint is named", "[checkpoint]") {
  struct Row {
    const char* about;
    std::function<void(SignedChain&)> change;
    const char* found;
  };
  const SigningKey other = SigningKey::generate();
  const std::vector<Row> rows{
      {"its signature", [](SignedChain& chain) { chain.checkpoints[1].signature[5] ^= 1; },
       "20 SIGNATURE;"},
      {"its time: the next one names it, too",
       [](SignedChain& chain) { chain.checkpoints[1].at += std::chrono::seconds(1); },
       "20 SIGNATURE;30 LINK;"},
      {"its event", [](SignedChain& chain) { chain.checkpoints[2].seq = 29; }, "29 SIGNATURE;"},
      {"removed", [](SignedChain& chain) { chain.checkpoints.erase(chain.checkpoints.begin()); },
       "20 MISSING;"},
      {"twice",
       [](SignedChain& chain) {
         chain.checkpoints.insert(chain.checkpoints.begin(), chain.checkpoints.front());
       },
       "10 DUPLICATE;"},
      {"swapped", [](SignedChain& chain) { std::swap(chain.checkpoints[0], chain.checkpoints[1]); },
       "20 MISSING;10 REORDERED;"},
      {"signed with a key of nobody",
       [&](SignedChain& chain) {
         chain.checkpoints[2] = signed_by(other, chain.checkpoints[2], install);
       },
       "30 FOREIGN;"},
      {"signed for another installation",
       [](SignedChain& chain) {
         chain.checkpoints[2] = signed_by(chain.key, chain.checkpoints[2], "another");
       },
       "30 SIGNATURE;"},
  };
  for (const Row& row : rows) {
    SignedChain chain(30);
    row.change(chain);
    const ChainReport report = chain.judge();
    INFO(row.about);
    std::string kinds = kinds_of(report);
    CHECK(kinds == row.found);
    CHECK(report.result == ChainReport::Result::fail);
  }
}

TEST_CASE("a chain and checkpoints that were made anew do not have the key one knows",
          "[checkpoint]") {
  const SignedChain ours(20);
  const SignedChain forged(20);
  CHECK(forged.judge().result == ChainReport::Result::pass);
  const ChainReport report = forged.judge(ours.key.public_key().id());
  CHECK(kinds_of(report) == "20 SIGNATURE;");
  SignedChain unsigned_chain(5);
  CHECK(unsigned_chain.judge().result == ChainReport::Result::pass);
  CHECK(unsigned_chain.judge(ours.key.public_key().id()).result == ChainReport::Result::incomplete);
}

TEST_CASE("checkpoints of another installation are foreign", "[checkpoint]") {
  const SignedChain chain(10);
  OwnChain own;
  for (const AuditEvent& event : chain.events) own.add(event);
  own.add(chain.key.public_key());
  own.add(chain.checkpoints.front(), "another");
  CHECK(kinds_of(own.judge(std::nullopt)) == "10 FOREIGN;");
}

TEST_CASE("checkpoints and keys stand in an export as lines, read back as they were",
          "[checkpoint]") {
  const SignedChain chain(20);
  OwnChain read;
  read.add_line(to_line(chain.key.public_key()));
  for (const AuditCheckpoint& checkpoint : chain.checkpoints) {
    read.add_line(to_line(checkpoint, install));
  }
  for (const AuditEvent& event : chain.events) read.add_line(to_line(event));
  const ChainReport report = read.judge(std::nullopt, chain.key.public_key().id());
  CHECK(report.result == ChainReport::Result::pass);
  CHECK(report.events == 20);
  CHECK(report.checkpoints == 2);
  CHECK(report.unanchored == 0);
  std::string why;
  const std::string line = to_line(chain.checkpoints[1], install);
  REQUIRE(read_checkpoint(line, why));
  CHECK(read_checkpoint(line, why)->checkpoint == chain.checkpoints[1]);
  for (const std::string& bad :
       {line + " ", line.substr(0, line.size() - 1), std::string(R"({"checkpoint":{}})"),
        std::string(R"({"key":{"id":"0","publicKey":"none"}})")}) {
    OwnChain other;
    other.add_line(bad);
    CHECK(kinds_of(other.judge(std::nullopt)) == "0 UNREADABLE;");
  }
}

TEST_CASE("a key that replaced another one signs from its event on", "[checkpoint]") {
  SignedChain chain(10);
  const SigningKey fresh = SigningKey::generate();
  AuditEvent event;
  event.at = test::at("2026-10-05T13:00:00Z");
  event.actor = {"system", "costd"};
  event.action = key_action;
  event.object = fresh.public_key().id();
  event.after_sha256 = sha256_hex(fresh.public_key().pem());
  chain.append(event);
  chain.sign();
  chain.checkpoints[1] = signed_by(fresh, chain.checkpoints[1], install);
  OwnChain own;
  for (const AuditEvent& each : chain.events) own.add(each);
  own.add(chain.key.public_key());
  own.add(fresh.public_key());
  for (const AuditCheckpoint& each : chain.checkpoints) own.add(each, install);
  CHECK(own.judge(std::nullopt, fresh.public_key().id()).result == ChainReport::Result::pass);
  CHECK(kinds_of(own.judge(std::nullopt, chain.key.public_key().id())) == "11 SIGNATURE;");
}

}  // namespace costd
