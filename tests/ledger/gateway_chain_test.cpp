#include "ledger/gateway_chain.hpp"

#include <fmt/format.h>
#include <catch2/catch.hpp>

#include <functional>

#include "ledger/error.hpp"
#include "tests/ledger/gateway_log.hpp"

namespace costd {
namespace {

using namespace test;

/// Two events as the gateway writes them; their HMACs were computed by Python's hmac module.
const std::vector<std::string> two_events{
    R"({"seq":1,"eventId":"e1","timestamp":"2026-01-01T00:00:00Z","workspaceId":"acme",)"
    R"("eventType":"GATEWAY_RESPONSE","payload":{"api_key":"k1","latency_ms":12,"status":200},)"
    R"("previousHash":null,)"
    R"("hmac":"cde6492280270d48d165ee5c4a446e4119a604abb49678fa8f44db34a68581ca",)"
    R"("signedAt":"2026-01-01T00:00:00.000001Z"})",
    R"({"seq":2,"eventId":"e2","timestamp":"2026-01-01T00:00:00.123456Z","workspaceId":null,)"
    R"("eventType":"POLICY_DENIED","payload":{"reason":"a \"quoted\" line\nnext"},)"
    R"("previousHash":"cde6492280270d48d165ee5c4a446e4119a604abb49678fa8f44db34a68581ca",)"
    R"("hmac":"cf9ffa464f3a936e636533a1d87ccb7f3470e641c4598b805d408458f46017cc",)"
    R"("signedAt":"2026-01-01T00:00:01Z"})"};

const Lines whole_log = a_log(9);

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  return text.replace(text.find(from), from.size(), to);
}

struct Case {
  const char* what;
  std::function<void(Lines&)> damage;
  std::string found;
};
const std::vector<Case> cases{
    {"nothing", [](Lines&) {}, ""},
    {"blank lines between", [](Lines& lines) { lines.insert(lines.begin() + 3, ""); }, ""},
    {"a payload changed", [](Lines& lines) { lines[4] = replaced(lines[4], "200", "201"); },
     "5 CONTENT"},
    {"a time changed", [](Lines& lines) { lines[4] = replaced(lines[4], ":05.", ":06."); },
     "5 CONTENT"},
    {"a workspace made the platform's",
     [](Lines& lines) { lines[4] = replaced(lines[4], "\"acme\"", "null"); }, "5 CONTENT"},
    {"a payload printed anew",
     [](Lines& lines) { lines[4] = replaced(lines[4], ":200", ":200.0"); }, "5 CONTENT"},
    {"the last payload changed", [](Lines& lines) { lines[8] = replaced(lines[8], "200", "201"); },
     "9 SIGNATURE"},
    {"an hmac in capitals",
     [](Lines& lines) {
       const std::string hmac = head_of(lines[4]);
       std::string capitals = hmac;
       std::ranges::transform(capitals, capitals.begin(),
                              [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
       lines[4] = replaced(lines[4], hmac, capitals);
     },
     "5 SIGNATURE"},
    {"a previous hash changed",
     [](Lines& lines) {
       lines[4] = replaced(lines[4], head_of(whole_log[3]), head_of(whole_log[1]));
     },
     "5 LINK"},
    {"a previous hash taken away",
     [](Lines& lines) { lines[4] = replaced(lines[4], '"' + head_of(whole_log[3]) + '"', "null"); },
     "5 LINK"},
    {"an event removed", [](Lines& lines) { lines.erase(lines.begin() + 4); }, "5 MISSING"},
    {"the first one removed", [](Lines& lines) { lines.erase(lines.begin()); }, "1 MISSING"},
    {"three removed", [](Lines& lines) { lines.erase(lines.begin() + 2, lines.begin() + 5); },
     "3 MISSING"},
    {"the last one removed", [](Lines& lines) { lines.pop_back(); }, "8 TAIL_CUT"},
    {"neighbours swapped", [](Lines& lines) { std::swap(lines[3], lines[4]); }, "4 REORDERED"},
    {"two swapped over a distance", [](Lines& lines) { std::swap(lines[2], lines[6]); },
     "3 REORDERED; 4 REORDERED"},
    {"one moved to the end",
     [](Lines& lines) { std::rotate(lines.begin() + 3, lines.begin() + 4, lines.end()); },
     "4 REORDERED"},
    {"one there twice", [](Lines& lines) { lines.insert(lines.begin() + 5, lines[4]); },
     "6 DUPLICATE"},
    {"one there twice, far away", [](Lines& lines) { lines.push_back(lines[1]); }, "10 DUPLICATE"},
    {"one put in by somebody without the secret",
     [](Lines& lines) {
       LogWriter forger{"another secret of thirty-two chars", head_of(whole_log[3]), 4};
       lines.insert(lines.begin() + 4, forger.numbered(5));
     },
     "5 INSERTED"},
    {"an event of another chain put in",
     [](Lines& lines) {
       LogWriter other{secret, std::string(64, 'a'), 4};
       lines.insert(lines.begin() + 4, other.numbered(5));
     },
     "5 INSERTED"},
    {"one made anew with another secret",
     [](Lines& lines) {
       lines[4] =
           LogWriter{"another secret of thirty-two chars", head_of(whole_log[3]), 4}.numbered(5);
     },
     "5 SIGNATURE"},
    {"the chain going on twice from one event",
     [](Lines& lines) {
       lines.push_back(LogWriter{secret, head_of(whole_log[3]), 9}.numbered(10));
     },
     "10 FORK"},
    {"a new chain after the old one",
     [](Lines& lines) {
       lines.push_back(LogWriter{secret, "", 9}.numbered(10));
     },
     "10 FOREIGN"},
    {"a number changed",
     [](Lines& lines) { lines[4] = replaced(lines[4], "\"seq\":5", "\"seq\":55"); },
     "5 SEQ_GAP; 6 SEQ_GAP"},
    {"a line that is no event", [](Lines& lines) { lines[4] = "{\"seq\":5}"; }, "5 UNREADABLE"},
    {"a line put in that is no event",
     [](Lines& lines) { lines.insert(lines.begin() + 4, "no event"); }, "5 UNREADABLE"},
    {"a member there twice", [](Lines& lines) { lines[4].insert(1, R"("seq":5,)"); },
     "5 UNREADABLE"},
    {"a number with a zero in front",
     [](Lines& lines) { lines[4] = replaced(lines[4], "\"seq\":5", "\"seq\":05"); },
     "5 UNREADABLE"},
    {"text behind the object", [](Lines& lines) { lines[4] += "x"; }, "5 UNREADABLE"},
    {"a member that the gateway does not write",
     [](Lines& lines) { lines[4].insert(1, R"("note":"x",)"); }, "5 UNREADABLE"},
    {"what the scheme does not protect",
     [](Lines& lines) {
       lines[4] = replaced(lines[4], R"("signedAt":"2026)", R"("signedAt":"2025)");
     },
     ""},
    {"all made anew by somebody with the secret",
     [](Lines& lines) {
       LogWriter writer;
       lines.clear();
       for (int n = 11; n <= 19; ++n) lines.push_back(writer.numbered(n));
     },
     "9 FORK"},
};

}  // namespace

TEST_CASE("the gateway's own lines verify over their bytes", "[chain]") {
  const ChainReport report = verify(two_events);
  CHECK(report.result == ChainReport::Result::pass);
  CHECK(report.events == 2);
  CHECK(report.first_seq == 1);
  CHECK(report.last_seq == 2);
  CHECK(report.first_at == parse_instant("2026-01-01T00:00:00Z"));
  CHECK(report.last_at == parse_instant("2026-01-01T00:00:00.123456Z"));
  CHECK(report.head == "cf9ffa464f3a936e636533a1d87ccb7f3470e641c4598b805d408458f46017cc");
  CHECK(report.unanchored == 2);
  CHECK(report.unprotected.size() == 3);
}

TEST_CASE("an HMAC is that of RFC 4231, whatever the length of its key", "[chain]") {
  // Test cases 1, 2 and 6 of RFC 4231.
  CHECK(hmac_of("Hi There", std::string(20, '\x0b')) ==
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  CHECK(hmac_of("what do ya want for nothing?", "Jefe") ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  CHECK(
      hmac_of("Test Using Larger Than Block-Size Key - Hash Key First", std::string(131, '\xaa')) ==
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST_CASE("each kind of damage is named at its line", "[chain]") {
  const std::string anchor = "9:" + head_of(whole_log.back());
  for (const Case& row : cases) {
    Lines lines = whole_log;
    row.damage(lines);
    const ChainReport report = verify(lines, anchor);
    INFO(row.what);
    CHECK(short_text(report) == row.found);
    CHECK((report.result == ChainReport::Result::pass) == row.found.empty());
  }
}

TEST_CASE("time that runs backwards by more than two seconds is found", "[chain]") {
  LogWriter writer;
  Lines lines;
  for (const char* second : {"10", "08", "05.999", "11"}) {
    lines.push_back(writer.line("e", fmt::format("2026-10-01T00:00:{}Z", second)));
  }
  CHECK(short_text(verify(lines)) == "3 TIME_BACKWARDS");
}

TEST_CASE("a whole log under another secret is one finding", "[chain]") {
  const ChainReport report = verify(a_log(50), "", "not the secret that made these events");
  CHECK(short_text(report) == "1 FOREIGN");
  CHECK(report.result == ChainReport::Result::fail);
}

TEST_CASE("nothing, and a last line without its end, are incomplete", "[chain]") {
  CHECK(verify({}).result == ChainReport::Result::incomplete);
  CHECK(verify({"", "  "}).result == ChainReport::Result::incomplete);
  const Lines log = a_log(3);
  GatewayChain chain(secret);
  chain.add(log[0]);
  chain.add(log[1]);
  CHECK_FALSE(chain.add(std::string_view(log[2]).substr(0, 100), false));
  const ChainReport torn = chain.judge(std::nullopt).at("");
  CHECK(short_text(torn) == "3 TORN_LINE");
  CHECK(torn.result == ChainReport::Result::incomplete);
  CHECK(torn.events == 2);
  GatewayChain whole(secret);
  for (const std::string& line : log) whole.add(line, false);  // only the newline is missing
  CHECK(whole.judge(std::nullopt).at("").result == ChainReport::Result::pass);
}

TEST_CASE("events behind the anchor are counted as not anchored", "[chain]") {
  const Lines log = a_log(9);
  CHECK(verify(log, "6:" + head_of(log[5])).unanchored == 3);
  CHECK(short_text(verify(log, "7:" + head_of(log[5]))) == "9 MISSING");
  CHECK(short_text(verify(log, "12:" + std::string(64, 'b'))) == "9 TAIL_CUT");
  CHECK(short_text(verify({}, "1:" + std::string(64, 'b'))) == "0 TAIL_CUT");
}

TEST_CASE("an anchor is a count and a head", "[chain]") {
  const std::string head(64, 'a');
  CHECK(parse_chain_anchor("3:" + head) == ChainAnchor{3, head});
  const std::vector<std::string> wrong{"",
                                       ":",
                                       "3",
                                       "3:",
                                       "0:" + head,
                                       "-1:" + head,
                                       "x:" + head,
                                       "3:" + head + "a",
                                       "3:" + std::string(64, 'A')};
  for (const std::string& text : wrong) {
    INFO(text);
    CHECK_THROWS_AS(parse_chain_anchor(text), Error);
  }
}

TEST_CASE("the pods of a fleet have a chain each", "[chain]") {
  const auto line = [](const std::string& pod, int sequence, const std::string& previous) {
    const std::string hmac = hmac_of(
        fmt::format("e|2026-10-01T00:00:00Z|acme|T|{{}}|{}|{}|4|{}", previous, pod, sequence));
    return std::pair(
        fmt::format(R"({{"seq":{0},"eventId":"e","timestamp":"2026-10-01T00:00:00Z",)"
                    R"("workspaceId":"acme","eventType":"T","payload":{{}},"previousHash":{1},)"
                    R"("hmac":"{2}","signedAt":"x","podInstanceId":"{3}","chainEpoch":4,)"
                    R"("chainSequence":{0}}})",
                    sequence, previous.empty() ? "null" : '"' + previous + '"', hmac, pod),
        hmac);
  };
  const auto [a1, a1_hmac] = line("a", 1, "");
  const auto [b1, b1_hmac] = line("b", 1, "");
  const auto [a2, a2_hmac] = line("a", 2, a1_hmac);
  const auto [b3, b3_hmac] = line("b", 3, std::string(64, 'c'));
  GatewayChain chain(secret);
  for (const std::string& each : {a1, b1, a2, b3}) CHECK(chain.add(each));
  const auto reports = chain.judge(std::nullopt);
  REQUIRE(reports.size() == 2);
  CHECK(reports.at("a/4").result == ChainReport::Result::pass);
  CHECK(reports.at("a/4").events == 2);
  CHECK(short_text(reports.at("b/4")) == "4 MISSING");
}

TEST_CASE("ids with escapes are signed as what they mean", "[chain]") {
  CHECK(unescape_json(R"(a\"b\\c\/\n\t\u00e9\u0001\ud83d\ude00)") ==
        "a\"b\\c/\n\t\xC3\xA9\x01\xF0\x9F\x98\x80");
  for (const char* text : {"\\", "\\x", "\\u12", "\\ud83d", "\\ude00", "\\ud83dx"}) {
    CHECK_FALSE(unescape_json(text));
  }
  const std::string hmac = hmac_of("e\"1|t|a\\b|T|{\"x\":\"\\\"\"}|");
  const std::string line = R"({"seq":1,"eventId":"e\"1","timestamp":"t","workspaceId":"a\\b",)"
                           R"("eventType":"T","payload":{"x":"\""},"previousHash":null,"hmac":")" +
                           hmac + R"(","signedAt":"s"})";
  CHECK(verify({line}).result == ChainReport::Result::pass);
}

TEST_CASE("a chain in which nothing is wrong is judged alike, kept small or not", "[audit]") {
  GatewayLineCheck check(secret);
  std::vector<SoundLink> sound;
  for (const std::string& line : whole_log) {
    const CheckedLine checked = check.check(line);
    ChainLink link{.line = static_cast<std::int64_t>(sound.size()) + 1,
                   .seq = checked.event->seq,
                   .at = checked.at,
                   .is_genesis = !checked.event->previous_hash};
    if (!link.is_genesis) link.previous = parse_chain_hash(*checked.event->previous_hash);
    link.hash = parse_chain_hash(checked.event->hmac);
    REQUIRE(is_sound(link, sound.empty() ? nullptr : &sound.back()));
    sound.push_back(sound_link(link));
  }
  const std::string last = head_of(whole_log[8]);
  for (const std::string& anchor :
       {std::string(), "9:" + last, "4:" + head_of(whole_log[3]), "5:" + head_of(whole_log[3]),
        "12:" + std::string(64, 'a'), "3:" + std::string(64, 'a')}) {
    INFO(anchor);
    const auto given = anchor.empty() ? std::nullopt : std::optional(parse_chain_anchor(anchor));
    const ChainReport small = judge_sound_chain(sound, given);
    const ChainReport whole = judge_chain(to_links(sound), {}, given);
    CHECK(small.result == whole.result);
    CHECK(small.events == whole.events);
    CHECK(small.first_seq == whole.first_seq);
    CHECK(small.last_seq == whole.last_seq);
    CHECK(small.first_at == whole.first_at);
    CHECK(small.last_at == whole.last_at);
    CHECK(small.head == whole.head);
    CHECK(small.unanchored == whole.unanchored);
    CHECK(short_text(small) == short_text(whole));
    CHECK(small.unprotected == whole.unprotected);
  }
}

TEST_CASE("an anchor of a chain that is not there is a chain cut off as a whole", "[audit]") {
  GatewayChain chain(secret);
  for (const std::string& line : whole_log) chain.add(line);
  const auto reports = chain.judge(GatewayChain::Anchors{{"pod-2/1", {7, std::string(64, 'b')}}});
  REQUIRE(reports.size() == 2);
  CHECK(reports.at("").result == ChainReport::Result::pass);
  CHECK(short_text(reports.at("pod-2/1")) == "0 TAIL_CUT");
}

}  // namespace costd
