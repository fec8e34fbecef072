#include "ledger/audit_event.hpp"
#include "ledger/sha256.hpp"

#include <openssl/evp.h>

#include <array>
#include <catch2/catch.hpp>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace costd {
namespace {

AuditEvent first_event() {
  AuditEvent event;
  event.seq = 1;
  event.at = parse_instant("2026-11-04T05:00:00.000001Z").value();
  event.actor = {"uid", "1000"};
  event.action = "prices.import";
  event.object = "prices.yaml";
  event.previous_hash = audit_genesis_hash;
  return event;
}

AuditEvent later_event() {
  AuditEvent event = first_event();
  event.seq = 42;
  event.tenant = "acme";
  event.before_sha256 = std::string(64, 'a');
  event.after_sha256 = std::string(64, 'b');
  event.outcome = "denied";
  event.reason = "a \"quoted\" line\nnext";
  event.previous_hash = std::string(64, 'c');
  return event;
}

/// The documented preimage around a JSON text written by hand, hashed by OpenSSL's other interface.
std::string hash_around(const std::string& json) {
  const std::string preimage =
      std::string("costd-audit-v1") + '\0' + std::to_string(json.size()) + '\0' + json;
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  REQUIRE(EVP_Digest(preimage.data(), preimage.size(), digest.data(), &size, EVP_sha256(),
                     nullptr) == 1);
  std::string hex;
  for (unsigned int n = 0; n < size; ++n) {
    hex += "0123456789abcdef"[digest.at(n) >> 4];
    hex += "0123456789abcdef"[digest.at(n) & 15];
  }
  return hex;
}

}  // namespace

TEST_CASE("bytes have the SHA-256 of the standard", "[audit]") {
  // FIPS 180-2, appendix B.1, and the digest of nothing.
  CHECK(sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(sha256_hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(sha256_hex(std::string("a\0b", 3)) != sha256_hex("a"));
}

TEST_CASE("an event's hash is the one that Python computes", "[audit]") {
  // t = json.dumps(event, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
  // sha256(b"costd-audit-v1\0" + str(len(t)).encode() + b"\0" + t).hexdigest()
  CHECK(hash_of(first_event()) ==
        "3889cf6697bbf4ba1faf6ff6c13fef6e1b9a4a057f89b0dd9229d5589a2fe97b");
}

TEST_CASE("an event is hashed as JSON with sorted keys and no blanks", "[audit]") {
  CHECK(hash_of(first_event()) ==
        hash_around(
            R"({"action":"prices.import","actor":{"kind":"uid","name":"1000"},"after":"",)"
            R"("before":"","object":"prices.yaml","outcome":"done","prev":")" +
            std::string(64, '0') +
            R"(","reason":"","seq":1,"tenant":"","ts":"2026-11-04T05:00:00.000001Z","v":1})"));
  CHECK(hash_of(later_event()) ==
        hash_around(R"({"action":"prices.import","actor":{"kind":"uid","name":"1000"},"after":")" +
                    std::string(64, 'b') + R"(","before":")" + std::string(64, 'a') +
                    R"(","object":"prices.yaml","outcome":"denied","prev":")" +
                    std::string(64, 'c') +
                    R"(","reason":"a \"quoted\" line\nnext","seq":42,"tenant":"acme",)"
                    R"("ts":"2026-11-04T05:00:00.000001Z","v":1})"));
}

TEST_CASE("strings are escaped as RFC 8785 says", "[audit]") {
  AuditEvent event = first_event();
  event.object = "\b\f\n\r\t\x01\x1f\x7f/\\\" é 鍵";
  CHECK(hash_of(event) ==
        hash_around(
            R"({"action":"prices.import","actor":{"kind":"uid","name":"1000"},"after":"",)"
            R"("before":"","object":"\b\f\n\r\t\u0001\u001f)"
            "\x7f"
            R"(/\\\" é 鍵","outcome":"done","prev":")" +
            std::string(64, '0') +
            R"(","reason":"","seq":1,"tenant":"","ts":"2026-11-04T05:00:00.000001Z","v":1})"));
}

TEST_CASE("whatever is changed in an event changes its hash", "[audit]") {
  const std::vector<std::pair<const char*, std::function<void(AuditEvent&)>>> changes{
      {"seq", [](AuditEvent& event) { event.seq = 43; }},
      {"a microsecond", [](AuditEvent& event) { event.at += std::chrono::microseconds(1); }},
      {"actor kind", [](AuditEvent& event) { event.actor.kind = "system"; }},
      {"actor name", [](AuditEvent& event) { event.actor.name = "1001"; }},
      {"action", [](AuditEvent& event) { event.action += "s"; }},
      {"object", [](AuditEvent& event) { event.object += " "; }},
      {"tenant", [](AuditEvent& event) { event.tenant.clear(); }},
      {"before", [](AuditEvent& event) { event.before_sha256[63] = 'b'; }},
      {"after", [](AuditEvent& event) { event.after_sha256[0] = 'a'; }},
      {"outcome", [](AuditEvent& event) { event.outcome = "done"; }},
      {"reason", [](AuditEvent& event) { event.reason.clear(); }},
      {"previous hash", [](AuditEvent& event) { event.previous_hash[7] = 'd'; }},
      {"before and after swapped",
       [](AuditEvent& event) { std::swap(event.before_sha256, event.after_sha256); }},
      {"a letter moved over to the next field",
       [](AuditEvent& event) {
         event.action = "prices.impor";
         event.object = "tprices.yaml";
       }},
  };
  std::set<std::string> hashes{hash_of(later_event())};
  for (const auto& [about, change] : changes) {
    AuditEvent event = later_event();
    change(event);
    INFO(about);
    CHECK(hashes.insert(hash_of(event)).second);
  }
}

TEST_CASE("an event's own hash is no part of what is hashed", "[audit]") {
  AuditEvent event = later_event();
  event.hash = "anything";
  CHECK(hash_of(event) == hash_of(later_event()));
}

TEST_CASE("an actor is written as kind and name", "[audit]") {
  CHECK(first_event().actor.text() == "uid:1000");
  CHECK(std::string(audit_genesis_hash) == std::string(64, '0'));
}

TEST_CASE("a text that is no UTF-8 is written with the mark for it, not refused", "[audit]") {
  AuditEvent event = first_event();
  event.reason = "caf\xe9 \xff";
  event = with_valid_texts(event);
  CHECK(event.reason == "caf\xEF\xBF\xBD \xEF\xBF\xBD");
  CHECK(hash_of(event).size() == 64);
  CHECK(with_valid_texts(later_event()).reason == later_event().reason);
}

}  // namespace costd
