#include "ledger/own_chain.hpp"

#include <catch2/catch.hpp>

#include "tests/support/ledger_builders.hpp"

namespace costd {
namespace {

/// Events of costd's own chain, hashed as append_audit_event does.
std::vector<AuditEvent> some_events(int count) {
  std::vector<AuditEvent> events;
  std::string previous = audit_genesis_hash;
  for (int n = 1; n <= count; ++n) {
    AuditEvent event;
    event.seq = n;
    event.at = test::at("2026-10-05T12:00:00Z") + std::chrono::seconds(n);
    event.actor = {"uid", "1000"};
    event.action = "prices.import";
    event.object = "prices \"é\" " + std::to_string(n);
    event.reason = "line\nbreak";
    event.previous_hash = previous;
    event.hash = hash_of(event);
    previous = event.hash;
    events.push_back(event);
  }
  return events;
}

std::vector<std::string> lines_of(const std::vector<AuditEvent>& events) {
  std::vector<std::string> lines;
  for (const AuditEvent& event : events) lines.push_back(to_line(event));
  return lines;
}

ChainReport verify(const std::vector<std::string>& lines) {
  OwnChain chain;
  for (const std::string& line : lines) chain.add_line(line);
  return chain.judge(std::nullopt);
}

std::string kinds_of(const ChainReport& report) {
  std::string text;
  for (const ChainFinding& finding : report.findings) {
    text += std::to_string(finding.line) + " " + std::string(name_of(finding.fault)) + ";";
  }
  return text;
}

}  // namespace

TEST_CASE("the hash of an event is over its members in the order of their names", "[chain]") {
  // Computed by Python: sha256(b"costd-audit-v1\0" + b"240\0" + text).
  AuditEvent event;
  event.seq = 1;
  event.at = test::at("2026-10-05T12:00:00Z");
  event.actor = {"uid", "7"};
  event.action = "a";
  event.previous_hash = audit_genesis_hash;
  const std::string genesis(64, '0');
  CHECK(to_hashed_json(event).dump() ==
        R"({"action":"a","actor":{"kind":"uid","name":"7"},"after":"","before":"","object":"",)"
        R"("outcome":"done","prev":")" + genesis +
            R"(","reason":"","seq":1,"tenant":"","ts":"2026-10-05T12:00:00Z","v":1})");
  CHECK(hash_of(event) == "35ce58c77803721cd72f60a5f45f68e2934df6ee5b6bb1cd01c681f823115bc1");
}

TEST_CASE("events exported as lines verify, and each is read back as it was", "[chain]") {
  const auto events = some_events(5);
  const auto lines = lines_of(events);
  const ChainReport report = verify(lines);
  CHECK(report.result == ChainReport::Result::pass);
  CHECK(report.events == 5);
  CHECK(report.head == events.back().hash);
  std::string why;
  const auto read = read_audit_event(lines[2], why);
  REQUIRE(read);
  CHECK(read->object == events[2].object);
  CHECK(read->at == events[2].at);
  CHECK(read->hash == events[2].hash);
}

TEST_CASE("damage of the own chain is named at its place", "[chain]") {
  const auto events = some_events(6);
  auto changed = events;
  changed[2].reason = "another";
  CHECK(kinds_of(verify(lines_of(changed))) == "3 CONTENT;");
  auto removed = events;
  removed.erase(removed.begin() + 3);
  CHECK(kinds_of(verify(lines_of(removed))) == "4 MISSING;");
  auto swapped = events;
  std::swap(swapped[1], swapped[2]);
  CHECK(kinds_of(verify(lines_of(swapped))) == "2 REORDERED;");
  auto lines = lines_of(events);
  lines[4].insert(1, " ");
  CHECK(kinds_of(verify(lines)) == "5 UNREADABLE;");
  auto renumbered = events;
  renumbered[3].previous_hash = renumbered[1].hash;
  CHECK(kinds_of(verify(lines_of(renumbered))) == "4 LINK;");
}

}  // namespace costd
