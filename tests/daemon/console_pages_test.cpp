#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <regex>

#include "daemon/console/console.hpp"
#include "daemon/console/form.hpp"
#include "daemon/routes.hpp"
#include "jobs/forecast_job.hpp"
#include "ledger/store/budget_store.hpp"
#include "tests/support/budget_builders.hpp"
#include "tests/support/job_bench.hpp"
#include "tests/support/quiet_log.hpp"

namespace costd {
namespace {

using Catch::Contains;
using test::a_cap;
using test::day;

Settings settings_with_templates() {
  Settings settings;
  settings.templates_dir = COSTD_SOURCE_DIR "/templates";
  return settings;
}

/// The console over forty days of 2 USD a day by one tenant, to 10 October.
struct ConsoleBench : test::JobBench {
  test::QuietLog quiet;
  ManualClock clock{test::at("2026-10-11T12:00:00Z")};
  RunQueue runs{database, {}, clock};
  Scheduler scheduler{database, {}};
  Service service{settings_with_templates(), database, runs, scheduler, clock, clock.now()};

  ConsoleBench() {
    now = clock.now();
    for (int n = 0; n < 40; ++n) {
      add_usage(test::a_series("t-<one>", "m-a"), day("2026-09-01") + std::chrono::days(n),
                test::input_and_output(0, 2'000'000));
    }
    apply_prices({test::a_price("*", "0", "1")});
    rollup();
    run(*make_forecast_job());
    service.budgets->refresh(database, now);
  }

  HttpResponse ask(const std::string& method, const std::string& path, const Fields& query = {},
                   const std::string& body = "", const Fields& headers = {}) {
    HttpRequest request;
    request.method = method;
    request.path = path;
    request.query = query;
    request.headers = headers;
    request.body = body;
    return dispatch(service, all_routes(), request);
  }
  std::string page(const std::string& path, const Fields& query = {}) {
    const HttpResponse answer = ask("GET", path, query);
    INFO(answer.body.substr(0, 2000));
    CHECK(answer.status == 200);
    return answer.body;
  }
  std::string csrf() { return service.console->sessions.of_peer(0).csrf; }
  HttpResponse send(const std::string& path, Fields form, const Fields& back = {}) {
    form.try_emplace("csrf", csrf());
    const std::string query = address("", back);
    form["back"] = query.empty() ? "" : query.substr(1);
    const std::string body = address("", form);
    return ask("POST", path, {}, body.substr(1));
  }
};

}  // namespace

TEST_CASE("every page is whole, without a style or a script in its text", "[console]") {
  ConsoleBench bench;
  for (const char* path :
       {"/console/", "/console/usage", "/console/prices", "/console/budgets", "/console/chargeback",
        "/console/compliance", "/console/runs", "/console/sign-in"}) {
    INFO(path);
    const HttpResponse answer = bench.ask("GET", path);
    CHECK(answer.status == 200);
    CHECK_THAT(answer.headers.at("Content-Security-Policy"), Contains("default-src 'none'"));
    CHECK_THAT(answer.body, Contains("</html>") && !Contains(" style=") && !Contains("onclick") &&
                                !Contains("{{") && !Contains("<script>"));
    CHECK_THAT(answer.body, !Contains(bench.service.console->csrf_mark));
    CHECK(answer.body.size() < 120'000);
  }
}

TEST_CASE("the dashboard shows the month so far, its shares and its forecast", "[console]") {
  ConsoleBench bench;
  const std::string page = bench.page("/console/");
  // Ten days of October at 2 USD; 62 USD by its end.
  CHECK_THAT(page, Contains("<p class=\"figure\">$20.00</p>"));
  CHECK_THAT(page, Contains("<p class=\"figure\">20,000,000</p>"));
  CHECK_THAT(page, Contains("<p class=\"figure\">$62.00</p>"));
  CHECK_THAT(page, Contains("class=\"expected\"") && Contains("class=\"fan80\""));
  CHECK_THAT(page, Contains("1–31 Oct 2026") && Contains("t-&lt;one&gt;") && !Contains("t-<one>"));
  CHECK_THAT(bench.page("/console/", {{"from", "2026-09-01"}, {"through", "2026-09-30"}}),
             Contains("$60.00") && !Contains("class=\"expected\""));
}

TEST_CASE("a filter that finds nothing says so", "[console]") {
  ConsoleBench bench;
  CHECK_THAT(bench.page("/console/", {{"from", "2020-01-01"}, {"through", "2020-01-31"}}),
             Contains("No usage yet") || Contains("Nothing in 1–31 Jan 2020"));
  CHECK(bench.ask("GET", "/console/", {{"from", "soon"}}).status == 400);
  CHECK_THAT(
      bench.ask("GET", "/console/", {{"from", "2026-10-02"}, {"through", "2026-10-01"}}).body,
      Contains("the first day is after the last one"));
}

TEST_CASE("a refresh sends only the parts that are not as the browser has them", "[console]") {
  ConsoleBench bench;
  const std::string page = bench.page("/console/budgets");
  std::smatch hash;
  REQUIRE(
      std::regex_search(page, hash, std::regex("data-part=\"list\" data-hash=\"([0-9a-f]+)\"")));
  const auto parts = [&](const std::string& known) {
    const auto answer = bench.ask("GET", "/console/budgets", {}, "", {{"x-parts", known}});
    return nlohmann::json::parse(answer.body).at("parts");
  };
  CHECK(parts("list=" + hash[1].str()).empty());
  bench.change([&](UnitOfWork& unit) {
    insert_cap(unit, a_cap("new one").up_to("15"), {"uid:0", bench.now});
  });
  bench.service.budgets->refresh(bench.database, bench.now);
  bench.clock.advance(std::chrono::seconds(5));
  const auto fresh = parts("list=" + hash[1].str());
  REQUIRE(fresh.contains("list"));
  CHECK_THAT(fresh.at("list").at("html").get<std::string>(), Contains("new one"));
}

TEST_CASE("a form without the session's token changes nothing", "[console]") {
  ConsoleBench bench;
  const Fields form{{"action", "add"},
                    {"name", "cap"},
                    {"limitUsd", "5"},
                    {"period", "MONTHLY"},
                    {"softLimitPct", "80"}};
  Fields forged = form;
  forged["csrf"] = std::string(64, '0');
  CHECK(bench.send("/console/budgets", forged).status == 403);
  CHECK(load_caps(bench.database.snapshot()).empty());
  const HttpResponse done =
      bench.send("/console/budgets", form, {{"tenantId", "x"}, {"dialog", "add"}});
  CHECK(done.status == 303);
  CHECK(done.headers.at("Location") == "/console/budgets?tenantId=x");
  CHECK_THAT(bench.page("/console/budgets"), Contains("Budget cap “cap” was made."));
  CHECK(load_caps(bench.database.snapshot()).size() == 1);
}

TEST_CASE("a refused form keeps what was written and says why", "[console]") {
  ConsoleBench bench;
  const HttpResponse answer = bench.send("/console/budgets",
                                         {{"action", "add"},
                                          {"name", "my cap"},
                                          {"limitUsd", "-1"},
                                          {"period", "WEEKLY"},
                                          {"softLimitPct", "75"}},
                                         {{"dialog", "add"}});
  CHECK(answer.status == 400);
  CHECK_THAT(answer.body, Contains("limitUsd -1") && Contains("value=\"my cap\"") &&
                              Contains("value=\"75\"") &&
                              Contains("<option value=\"WEEKLY\" selected>"));
}

TEST_CASE("a price is previewed before it is stored", "[console]") {
  ConsoleBench bench;
  Fields form{{"action", "add"},
              {"step", "preview"},
              {"model", "m-a"},
              {"serviceTier", "standard"},
              {"effective", "2026-10-01"},
              {"input", "0"},
              {"output", "2"}};
  const HttpResponse preview = bench.send("/console/prices", form, {{"dialog", "add"}});
  CHECK(preview.status == 200);
  // September is closed to no one: but the price holds from October, ten days at 2 USD more.
  CHECK_THAT(preview.body, Contains("$20.00 → $40.00") && Contains("+$20.00"));
  form["step"] = "do";
  CHECK(bench.send("/console/prices", form, {{"dialog", "add"}}).status == 303);
  CHECK_THAT(bench.page("/console/"), Contains("<p class=\"figure\">$40.00</p>"));
}

TEST_CASE("assets are served by their version and nothing else is", "[console]") {
  ConsoleBench bench;
  const HttpResponse style = bench.ask("GET", "/console/assets/console.css");
  CHECK(style.content_type == "text/css; charset=utf-8");
  const std::string tag = style.headers.at("ETag");
  CHECK(bench.ask("GET", "/console/assets/console.css", {}, "", {{"if-none-match", tag}}).status ==
        304);
  CHECK_THAT(bench.ask("GET", "/console/assets/console.css", {{"v", tag.substr(1, 16)}})
                 .headers.at("Cache-Control"),
             Contains("immutable"));
  CHECK(bench.ask("GET", "/console/assets/frame.html").status == 404);
}

TEST_CASE("over TCP nobody sees a page who is not signed in", "[console]") {
  ConsoleBench bench;
  HttpRequest request;
  request.method = "GET";
  request.path = "/console/budgets";
  request.query = {{"tenantId", "a b"}};
  request.headers = {{"host", "127.0.0.1"}};
  request.peer.via = Peer::Via::tcp;
  const HttpResponse answer = dispatch(bench.service, all_routes(), request);
  CHECK(answer.status == 303);
  CHECK(answer.headers.at("Location") ==
        "/console/sign-in?next=%2Fconsole%2Fbudgets%3FtenantId%3Da%2520b");
}

}  // namespace costd
