#include <catch2/catch.hpp>

#include "daemon/console/form.hpp"
#include "daemon/console/page_cache.hpp"
#include "daemon/console/session_store.hpp"
#include "daemon/control/http_target.hpp"
#include "ledger/error.hpp"

namespace costd {

using namespace std::chrono_literals;

TEST_CASE("a form is read as browsers write it", "[console]") {
  const Fields fields = parse_form("name=Q4+cap+%26+more&limit=5&empty=&plus=1%2B1");
  CHECK(fields ==
        Fields{{"name", "Q4 cap & more"}, {"limit", "5"}, {"empty", ""}, {"plus", "1+1"}});
  CHECK(parse_form("").empty());
  for (const char* broken : {"a=1&a=2", "a=%2", "a=%zz"}) {
    INFO(broken);
    CHECK_THROWS_AS(parse_form(broken), Error);
  }
}

TEST_CASE("an address holds what is set, and comes back as it was", "[console]") {
  const Fields query{{"model", "a+b c/d&e"}, {"tenantId", ""}};
  const std::string text = address("/console/usage", query);
  CHECK(text == "/console/usage?model=a%2Bb%20c%2Fd%26e");
  CHECK(parse_http_target(text).query.at("model") == "a+b c/d&e");
  CHECK(with({{"a", "1"}, {"b", "2"}}, {{"a", ""}, {"c", "3"}}) == Fields{{"b", "2"}, {"c", "3"}});
}

TEST_CASE("a plus is a blank below /console and itself elsewhere", "[console]") {
  CHECK(parse_http_target("/console/usage?model=a+b").query.at("model") == "a b");
  CHECK(parse_http_target("/v1/admin/costs?model=a+b").query.at("model") == "a+b");
}

TEST_CASE("a page is split at its marks and put together again", "[console]") {
  const BuiltPage page = split_into_parts("<h1>a</h1><!--part list--><p>b</p><!--/part-->end");
  REQUIRE(page.parts.size() == 3);
  CHECK(page.parts[0].html == "<h1>a</h1>");
  CHECK(page.parts[1].name == "list");
  CHECK(page.parts[1].html == "<p>b</p>");
  CHECK(page.parts[1].hash.size() == 16);
  CHECK(page.parts[2].html == "end");
  CHECK(split_into_parts("<!--part open-->").parts.size() == 1);
}

TEST_CASE("a page is made once while nothing changes, and no more often than it may", "[console]") {
  PageCache cache;
  int made = 0;
  const auto ask = [&](const std::string& version, std::chrono::microseconds now) {
    cache.get("page", {version, now, 1s, 30s}, [&] {
      ++made;
      return BuiltPage{};
    });
    return made;
  };
  CHECK(ask("1", 0s) == 1);
  CHECK(ask("1", 29s) == 1);
  CHECK(ask("2", 29s) == 2);       // changed
  CHECK(ask("3", 29'500ms) == 2);  // changed again, within the second
  CHECK(ask("3", 31s) == 3);
  CHECK(ask("3", 61s) == 4);  // too old, though nothing changed
  cache.forget();
  CHECK(ask("3", 61s) == 5);
}

TEST_CASE("a page that is dear to make is served longer while the data changes", "[console]") {
  PageCache cache;
  int made = 0;
  const auto ask = [&](std::chrono::microseconds now, std::chrono::microseconds took) {
    cache.get("page", {std::to_string(now.count()), now, 1s, 30s}, [&] {
      ++made;
      return BuiltPage{{}, took};
    });
    return made;
  };
  CHECK(ask(0s, 100ms) == 1);
  CHECK(ask(4'999ms, 100ms) == 1);  // 50 times 100 ms
  CHECK(ask(5s, 1s) == 2);
  CHECK(ask(16'999ms, 1s) == 2);  // never longer than 12 s
  CHECK(ask(17s, 2ms) == 3);
  CHECK(ask(17'999ms, 2ms) == 3);  // never shorter than its page wants
  CHECK(ask(18s, 2ms) == 4);
}

TEST_CASE("a page that cannot be made throws, and the next one asks again", "[console]") {
  PageCache cache;
  const PageCache::Freshness now{"1", 0s, 1s, 30s};
  CHECK_THROWS_AS(
      cache.get("page", now, []() -> BuiltPage { throw Error(ErrorCode::usage, "no date"); }),
      Error);
  CHECK(cache.get("page", now, [] { return BuiltPage{{{"", "x", ""}}, {}}; })->parts.size() == 1);
}

TEST_CASE("a session ends after twelve hours, or when somebody ends it", "[console]") {
  SessionStore sessions;
  const Session session = sessions.start("costd_token", 0s);
  CHECK(session.id.size() == 64);
  CHECK(session.csrf != session.id);
  CHECK(sessions.find(session.id, 12h - 1s)->token == "costd_token");
  CHECK_FALSE(sessions.find(session.id, 12h));
  CHECK_FALSE(sessions.find("", 0s));
  sessions.end(session.id);
  CHECK_FALSE(sessions.find(session.id, 1s));
}

TEST_CASE("of too many sessions the oldest one ends", "[console]") {
  SessionStore sessions;
  const Session first = sessions.start("t", 0s);
  const Session second = sessions.start("t", 1s);
  for (std::size_t n = 2; n <= sessions_max; ++n) sessions.start("t", 2s);
  CHECK_FALSE(sessions.find(first.id, 3s));
  CHECK(sessions.find(second.id, 3s));
}

TEST_CASE("a notice is told once", "[console]") {
  SessionStore sessions;
  const Session session = sessions.of_peer(1000);
  CHECK(sessions.of_peer(1000).csrf == session.csrf);
  sessions.leave_notice(session.id, "Saved.");
  CHECK(sessions.take_notice(session.id) == "Saved.");
  CHECK(sessions.take_notice(session.id).empty());
}

}  // namespace costd
