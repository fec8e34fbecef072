// What the routes of schedules answer about slots.

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "daemon/routes.hpp"
#include "tests/daemon/route_answer.hpp"
#include "tests/daemon/schedule_builders.hpp"
#include "tests/support/quiet_log.hpp"
#include "tests/support/test_database.hpp"

namespace costd {
namespace {

using nlohmann::json;
using test::at;

std::vector<Schedule> two_schedules() {
  Schedule never = test::a_schedule("0 0 30 2 *");
  never.name = "never";
  return {test::a_schedule("30 2 * * *", "Europe/Zurich"), never};
}

/// A service with schedules, in the night of Switzerland's change to summer time.
struct ScheduleBench : test::TestDatabase {
  test::QuietLog quiet;
  ManualClock clock{at("2026-03-28T12:00:00Z")};
  RunQueue runs{database, {}, clock};
  Scheduler scheduler{database, two_schedules()};
  Service service{Settings{}, database, runs, scheduler, clock, clock.now()};

  HttpResponse ask(const std::string& path, const std::map<std::string, std::string>& query = {}) {
    HttpRequest request;
    request.method = "GET";
    request.path = "/v1/admin/schedules/" + path;
    request.query = query;
    return dispatch(service, all_routes(), request);
  }
  json answer(const std::string& path, const std::map<std::string, std::string>& query = {}) {
    const HttpResponse response = ask(path, query);
    INFO(response.body);
    REQUIRE(response.status == 200);
    return json::parse(response.body);
  }
};

}  // namespace

TEST_CASE("next N, prev N and explain show zone, UTC and a DST note per slot", "[promise]") {
  ScheduleBench bench;
  const json moved = {{"slot", "2026-03-29T01:00:00Z"},
                      {"local", "2026-03-29T03:00"},
                      {"note",
                       "the clock was set forward from 02:00 to 03:00; moved to the end of "
                       "the gap"}};
  CHECK(bench.answer("nightly/next", {{"n", "1"}}) == json::array({moved}));
  CHECK(bench.answer("nightly/prev", {{"n", "1"}, {"before", "2026-03-29T03:00:00.5+02:00"}}) ==
        json::array({moved}));
  const json explained = bench.answer("nightly/explain");
  CHECK(explained.at("timeZone") == "Europe/Zurich");
  CHECK(explained.at("dstGap") == "run");
  CHECK(explained.at("tzdata") == time_zone_version());
  CHECK(explained.at("fields").at(0) ==
        json({{"field", "minute"}, {"text", "30"}, {"meaning", "at minute 30"}}));
  CHECK(explained.at("clockChanges").at(0).at("slots").at(1) == moved);
  CHECK(explained.at("clockChanges").at(0).at("at") == "2026-03-29T01:00:00Z");
  CHECK(explained.at("clockChanges").at(0).at("localBefore") == "2026-03-29T02:00");
  CHECK(explained.at("clockChanges").at(0).at("localAfter") == "2026-03-29T03:00");
  CHECK(explained.at("next").at(0) == moved);
}

TEST_CASE("next and prev begin at the clock's instant and give five slots", "[routes]") {
  ScheduleBench bench;
  const json next = bench.answer("nightly/next");
  const json previous = bench.answer("nightly/prev");
  CHECK(next.size() == 5);
  CHECK(previous.size() == 5);
  CHECK(previous.at(0).at("slot") == "2026-03-28T01:30:00Z");
  CHECK(previous.at(4).at("slot") == "2026-03-24T01:30:00Z");
}

TEST_CASE("a schedule that never fires answers an empty list", "[routes]") {
  ScheduleBench bench;
  CHECK(bench.answer("never/next") == json::array());
  CHECK(bench.answer("never/prev") == json::array());
  CHECK(bench.answer("never/explain").at("next") == json::array());
}

TEST_CASE("a wrong instant, count or name of a schedule is refused by its name", "[routes]") {
  ScheduleBench bench;
  for (const auto& [path, query, word] :
       std::vector<std::tuple<std::string, std::map<std::string, std::string>, std::string>>{
           {"nightly/next", {{"after", "yesterday"}}, "after"},
           {"nightly/next", {{"after", "2026-11-01T00:00:00"}}, "after"},
           {"nightly/prev", {{"before", "2026-02-30T00:00:00Z"}}, "before"},
           {"nightly/prev", {{"n", "1001"}}, "1000"},
           {"nightly/next", {{"n", "-1"}}, "n"}}) {
    const HttpResponse response = bench.ask(path, query);
    INFO(response.body);
    CHECK(response.status == 400);
    CHECK(response.body.find(word) != std::string::npos);
  }
  for (const auto* const path : {"absent/next", "absent/prev", "absent/explain"}) {
    CHECK(bench.ask(path).status == 404);
  }
}

TEST_CASE("a run by hand of a schedule has that schedule's time to end", "[routes]") {
  ScheduleBench bench;
  std::vector<Schedule> schedules = two_schedules();
  schedules[0].policy.timeout = std::chrono::hours(3);
  schedules[0].jobs = {"ingest"};
  Scheduler scheduler(bench.database, schedules);
  JobCatalogue jobs;
  jobs["ingest"] = nullptr;
  RunQueue runs(bench.database, std::move(jobs), bench.clock);
  Service service{Settings{}, bench.database, runs, scheduler, bench.clock, bench.clock.now()};
  const auto timeout_of = [&](const char* body) {
    const auto answer = test::ask_route(service, "POST", "/v1/admin/runs", json::parse(body));
    REQUIRE(answer.status == 202);
    return runs.find(answer.body.at("id")).value().policy.timeout;
  };
  CHECK(timeout_of(R"({"schedule":"nightly"})") == std::chrono::hours(3));
  CHECK(timeout_of(R"({"job":"ingest"})") == std::chrono::minutes(30));
}

}  // namespace costd
