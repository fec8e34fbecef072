#include "daemon/costctl.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "daemon/costctl_command.hpp"
#include "daemon/costctl_usage.hpp"
#include "tests/daemon/canned_daemon.hpp"

namespace costd {
namespace {

using Texts = std::vector<std::string>;

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

std::string run_json(const std::string& state, int revision, const std::string& progress = "null",
                     const std::string& error = "null") {
  return R"({"id":"r1","trigger":"manual","jobs":["ingest","rollup"],"state":")" + state +
         R"(","revision":)" + std::to_string(revision) + R"(,"progress":)" + progress +
         R"(,"counts":{"records":2000,"duplicates":3},"outputs":["a.pdf"],"error":)" + error +
         R"(,"log":["line one"]})";
}

}  // namespace

TEST_CASE("every command has a help of its own", "[costctl]") {
  const CannedDaemon daemon;
  for (const auto& command : costctl_commands()) {
    INFO(command.words);
    Texts words;
    std::istringstream stream{std::string(command.words)};
    for (std::string word; stream >> word;) words.push_back(word);
    words.push_back("--help");
    const auto outcome = daemon.costctl(words);
    CHECK(outcome.code == 0);
    const auto usage = "usage: costctl " + std::string(command.words);
    const bool is_group = command.words.ends_with(" list") && words.size() == 2;
    if (!is_group) CHECK(has(outcome.out, usage));
    for (const auto& parameter : parse_usage(command.arguments)) {
      if (parameter.kind == Parameter::Kind::option) {
        CHECK(has(outcome.out, "--" + parameter.name + " " + parameter.value));
      }
    }
  }
  CHECK(daemon.requests().empty());
}

TEST_CASE("the help lists all commands, or those of a group", "[costctl]") {
  const CannedDaemon daemon;
  const auto all = daemon.costctl({"--help"}).out;
  CHECK(has(all, "chargeback download"));
  CHECK(has(all, "outbox list"));
  const auto group = daemon.costctl({"prices", "--help"}).out;
  CHECK(has(group, "prices explain"));
  CHECK_FALSE(has(group, "outbox list"));
  CHECK(daemon.costctl({"--version"}).out == "costctl " COSTD_VERSION "\n");
}

TEST_CASE("a wrong command line exits 2 and says what is right", "[costctl]") {
  const CannedDaemon daemon;
  const std::vector<std::pair<Texts, std::string>> cases{
      {{"frob"}, "no command \"frob\""},
      {{"costs", "frob"}, "list, summary"},
      {{"budgets", "sell"}, "status"},
      {{"run"}, "JOB is missing"},
      {{"chargeback", "generate", "--from", "2026-10-01"}, "--to is missing"},
      {{"chargeback", "delete", "r1"}, "--reason is missing"},
      {{"costs", "list", "--frob", "1"}, "--frob"},
      {{"costs", "list", "--tena", "acme"}, "--tena"},
      {{"costs", "list", "--tenant"}, "--tenant"},
      {{"costs", "list", "--tenant", "a", "--tenant", "b"}, "--tenant"},
      {{"run", "a", "b"}, "too many"},
      {{"run", "x", "--period", "2026-10", "--from", "2026-10-01"}, "exclude"},
      {{"run", "x", "--from", "2026-10-01"}, "belong together"},
      {{"status", "--format", "xml"}, "table, json or csv"},
      {{"chargeback", "delete", "r1", "--reason", "x"}, "--yes"},
      {{"prices", "import", "/no/such/file"}, "cannot read"},
      {{"budgets", "add", "--name", "a", "--limit", "5"}, "--period is missing"},
      {{"budgets", "edit", "B1"}, "nothing to change"},
      {{"budgets", "edit", "B1", "--soft-limit", "lots"}, "whole number"},
      {{"budgets", "edit", "B1", "--enable", "--disable"}, "exclude each other"},
      {{"budgets", "delete", "B1"}, "--yes"},
      {{"ingest", "/no/such/file"}, "nothing was copied"},
  };
  for (const auto& [words, reason] : cases) {
    const auto outcome = daemon.costctl(words);
    INFO(outcome.err);
    CHECK(outcome.code == 2);
    CHECK(has(outcome.err, "costctl: "));
    CHECK(has(outcome.err, reason));
    CHECK(outcome.out.empty());
  }
  CHECK(daemon.requests().empty());
}

TEST_CASE("the daemon's refusals become exit codes and its words are shown", "[costctl]") {
  const std::vector<std::pair<int, int>> cases{{400, 2}, {404, 2}, {403, 4}, {409, 4},
                                               {423, 4}, {500, 1}, {503, 1}};
  for (const auto& [status, code] : cases) {
    INFO(status);
    CannedDaemon daemon;
    daemon.answer("GET /runs", R"({"error":{"code":"x","message":"do this instead"}})", status);
    const auto outcome = daemon.costctl({"runs"});
    CHECK(outcome.code == code);
    CHECK(outcome.err == "costctl: do this instead\n");
  }
}

TEST_CASE("without a daemon the exit code is 3", "[costctl]") {
  const TemporaryFolder folder;
  const auto socket = folder / "s";
  const std::vector<const char*> argv{"costctl", "status", "--socket", socket.c_str()};
  std::ostringstream out;
  std::ostringstream err;
  CHECK(costctl_main(static_cast<int>(argv.size()), argv.data(), out, err) == 3);
  CHECK(has(err.str(), "no costd answers on " + socket));
}

TEST_CASE("filters become query parameters in the protocol's names", "[costctl]") {
  CannedDaemon daemon;
  daemon.answer("GET /costs", R"({"records":[],"total":0,"nextCursor":null})");
  daemon.answer("GET /costs/summary", R"({"totalCost":"0","groups":[]})");
  daemon.answer("GET /pricing/explain", R"({"winner":null,"candidates":[],"warnings":[]})");
  daemon.answer("GET /schedules/month-end/next", "[]");
  daemon.costctl({"costs",   "list",       "--tenant", "a&b",    "--api-key",  "k",    "--model",
                  "m",       "--provider", "p",        "--from", "2026-10-01", "--to", "2026-11-01",
                  "--limit", "5",          "--offset", "10",     "--cursor",   "c"});
  daemon.costctl({"costs", "summary", "--group-by", "apiKey", "--basis", "booked"});
  daemon.costctl({"prices", "explain", "gpt-4o", "--on", "2026-10-01", "--service-tier", "batch"});
  const auto never = daemon.costctl(
      {"schedules", "next", "month-end", "3", "--after", "2026-11-01T00:00:00+01:00"});
  CHECK(never.code == 0);
  CHECK(daemon.requests() ==
        Texts{"GET /costs?apiKey=k&cursor=c&from=2026-10-01&limit=5&model=m&offset=10&provider=p&"
              "tenantId=a&b&to=2026-11-01",
              "GET /costs/summary?basis=booked&groupBy=apiKey",
              "GET /pricing/explain?model=gpt-4o&on=2026-10-01&serviceTier=batch",
              "GET /schedules/month-end/next?after=2026-11-01T00:00:00+01:00&n=3"});
}

TEST_CASE("the last day of a month as --to gets a hint", "[costctl]") {
  CannedDaemon daemon;
  daemon.answer("GET /costs/summary", R"({"totalCost":"1"})");
  CHECK(daemon.costctl({"costs", "summary", "--to", "2026-10-31"}).err ==
        "costctl: hint: --to is exclusive; for all of October 2026 use --to 2026-11-01\n");
  CHECK(daemon.costctl({"costs", "summary", "--to", "2026-11-01"}).err.empty());
  CHECK(daemon.costctl({"costs", "summary", "--to", "2026-10-30"}).err.empty());
}

TEST_CASE("JSON is the daemon's answer, every digit and in its order", "[costctl]") {
  CannedDaemon daemon;
  daemon.answer("GET /costs/summary",
                R"({"totalCost":"12.345678901234","apiKey":"key_full","a":1.5})");
  CHECK(daemon.costctl({"costs", "summary", "--format", "json"}).out ==
        "{\n  \"totalCost\": \"12.345678901234\",\n  \"apiKey\": \"key_full\",\n  \"a\": 1.5\n}\n");
}

TEST_CASE("costs by key are a table with masked keys and a total", "[costctl]") {
  CannedDaemon daemon;
  daemon.answer("GET /costs/summary",
                R"({"totalCost":"3.0","requests":3,"groups":[
                    {"key":"key_6e41aabbccdd7d56","totalCost":"1.25","requests":1},
                    {"key":"key_77aa000000001234","totalCost":"1.75","requests":2}]})");
  const Texts words{"costs", "summary", "--group-by", "apiKey"};
  CHECK(daemon.costctl(words).out ==
        "API KEY        REQUESTS  TOTAL USD\n"
        "─────────────  ────────  ─────────\n"
        "key_6e41…7d56         1       1.25\n"
        "key_77aa…1234         2       1.75\n"
        "─────────────  ────────  ─────────\n"
        "total                 3       3.00\n");
}

TEST_CASE("a page of records says how to get the next", "[costctl]") {
  CannedDaemon daemon;
  daemon.answer("GET /token-usage",
                R"({"records":[{"timestamp":"2026-10-31T23:59:59.999Z","tenantId":"acme"}],
                    "total":2000,"nextCursor":"c1"})");
  const auto outcome = daemon.costctl({"usage", "list"});
  CHECK(has(outcome.out, "2026-10-31 23:59:59Z  acme\n"));
  CHECK(has(outcome.out, "1 of 2,000 records; the next page: --cursor c1\n"));
}

TEST_CASE("run posts what was asked for and says how to follow", "[costctl]") {
  CannedDaemon daemon;
  daemon.answer("POST /runs", run_json("queued", 1), 202);
  const auto outcome = daemon.costctl({"run", "chargeback", "--period", "2026-10", "--tenant",
                                       "acme", "--as-of", "2026-11-04", "--schedule", "month-end"});
  CHECK(outcome.code == 0);
  CHECK(outcome.out == "run r1 queued; follow it with: costctl runs watch r1\n");
  CHECK(daemon.requests() ==
        Texts{R"(POST /runs {"period":"2026-10","tenantId":"acme","asOf":"2026-11-04",)"
              R"("schedule":"month-end","job":"chargeback"})"});
}

TEST_CASE("waiting prints each job's start and end, then the counts", "[costctl]") {
  CannedDaemon daemon;
  daemon.answer("POST /runs", run_json("queued", 1), 202);
  daemon.answer("GET /runs/r1", run_json("running", 2, R"({"job":"ingest","done":1,"total":2})"));
  daemon.answer("GET /runs/r1", run_json("running", 3, R"({"job":"ingest","done":2,"total":2})"));
  daemon.answer("GET /runs/r1", run_json("succeeded", 4));
  const auto outcome = daemon.costctl({"run", "ingest,rollup", "--wait"});
  CHECK(outcome.code == 0);
  CHECK(outcome.out ==
        "ingest: started\ningest: done\nrollup: started\nrollup: done\nrun r1 succeeded\n"
        "  records     2,000\n  duplicates  3\noutputs:\n  a.pdf\n");
  CHECK(daemon.requests() == Texts{R"(POST /runs {"job":"ingest,rollup"})",
                                   "GET /runs/r1?after=1&wait=25", "GET /runs/r1?after=2&wait=25",
                                   "GET /runs/r1?after=3&wait=25"});
}

TEST_CASE("a run that ends failed is exit code 1 with its reason", "[costctl]") {
  CannedDaemon daemon;
  daemon.answer("GET /runs/r1", run_json("failed", 4, R"({"job":"rollup"})", R"("disk is full")"));
  const auto outcome = daemon.costctl({"runs", "watch", "r1"});
  CHECK(outcome.code == 1);
  CHECK(has(outcome.out, "ingest: done\nrollup: started\nrollup: failed\n"));
  CHECK(outcome.err == "costctl: run r1 failed: disk is full; see: costctl runs show r1\n");
}

TEST_CASE("with JSON, progress stays out of the output", "[costctl]") {
  CannedDaemon daemon;
  daemon.answer("GET /runs/r1", run_json("succeeded", 4));
  const auto outcome = daemon.costctl({"runs", "watch", "r1", "--format", "json"});
  CHECK(nlohmann::json::parse(outcome.out).at("state") == "succeeded");
  CHECK(has(outcome.err, "rollup: done"));
}

TEST_CASE("ingest puts whole files into the spool and follows the run", "[costctl]") {
  CannedDaemon daemon;
  std::filesystem::create_directory(daemon.folder / "spool");
  daemon.answer("GET /sources", R"([{"name":"other","path":"/nowhere","format":"auto"},
      {"name":"gateway","path":")" + daemon.folder / "spool" +
                                    R"(","format":"auto"}])");
  daemon.answer("POST /runs", run_json("succeeded", 2), 202);
  const auto file = daemon.folder.write("october.jsonl", "{}\n");
  const auto outcome = daemon.costctl({"ingest", file, "--source", "gateway"});
  INFO(outcome.err);
  CHECK(outcome.code == 0);
  CHECK(daemon.folder.read("spool/october.jsonl") == "{}\n");
  CHECK(has(outcome.out, "records     2,000"));
  const auto again = daemon.costctl({"ingest", file, "--source", "gateway"});
  CHECK(again.code == 4);
  CHECK(has(again.err, "there already"));
  CHECK(std::distance(std::filesystem::directory_iterator(daemon.folder / "spool"), {}) == 1);
  CHECK(daemon.costctl({"ingest", file, "--source", "none"}).code == 2);
}

TEST_CASE("download writes the report's files under the names they come with", "[costctl]") {
  CannedDaemon daemon;
  daemon.answer("GET /chargeback-reports/7",
                R"({"id":7,"files":[{"format":"pdf"},{"format":"csv"}]})");
  HttpResponse pdf;
  pdf.body = "%PDF";
  pdf.headers["Content-Disposition"] = "attachment; filename=\"acme.pdf\"";
  daemon.answer("GET /chargeback-reports/7/files/pdf", pdf);
  HttpResponse csv;
  csv.body = "a,b";
  csv.headers["Content-Disposition"] = "attachment; filename=\"../../evil\"";
  daemon.answer("GET /chargeback-reports/7/files/csv", csv);
  const auto outcome =
      daemon.costctl({"chargeback", "download", "7", "--to", daemon.folder / "out/new"});
  INFO(outcome.err);
  CHECK(outcome.code == 0);
  CHECK(daemon.folder.read("out/new/acme.pdf") == "%PDF");
  CHECK(daemon.folder.read("out/new/chargeback-7.csv") == "a,b");
  CHECK(has(outcome.out, "out/new/acme.pdf"));
  CHECK_FALSE(std::filesystem::exists(daemon.folder / "evil"));
}

TEST_CASE("a report is deleted with a reason", "[costctl]") {
  CannedDaemon daemon;
  daemon.answer("DELETE /chargeback-reports/7", "{}");
  CHECK(daemon.costctl({"chargeback", "delete", "7", "--reason", "wrong tenant", "--yes"}).code ==
        0);
  CHECK(daemon.requests() == Texts{"DELETE /chargeback-reports/7?reason=wrong tenant"});
}

TEST_CASE("prices are added and imported as the protocol wants them", "[costctl]") {
  CannedDaemon daemon;
  daemon.answer("POST /pricing", R"({"id":"p1","model":"m*","input":"1"})");
  daemon.answer("POST /pricing/import", R"({"added":2,"unchanged":1,"entries":[]})");
  daemon.costctl({"prices", "add", "--model", "m*", "--effective", "2026-01-01", "--input", "1",
                  "--output", "2.50", "--cache-write-1h", "6", "--long-context-above", "200000",
                  "--long-context-input", "3"});
  const auto file = daemon.folder.write("prices.yaml", "prices: []\n");
  CHECK(daemon.costctl({"prices", "import", file, "--dry-run"}).out ==
        "2 entries would be added, 0 replaced, 1 unchanged; nothing was written\n");
  CHECK(daemon.requests() ==
        Texts{R"(POST /pricing {"cacheWrite1h":"6","effective":"2026-01-01","input":"1",)"
              R"("longContext":{"above":200000,"input":"3"},"model":"m*","output":"2.50"})",
              "POST /pricing/import?dryRun=true&file=prices.yaml prices: []\n"});
  CHECK(daemon
            .costctl({"prices", "add", "--model", "m", "--effective", "2026-01-01", "--input", "1",
                      "--output", "2", "--long-context-above", "many"})
            .code == 2);
}

TEST_CASE("status is a page for people", "[costctl]") {
  CannedDaemon daemon;
  daemon.answer("GET /status", R"({"health":"attention","version":"0.1.0",
      "startedAt":"2026-11-01T05:00:00Z","problems":[{"kind":"unpriced","message":"12 unpriced"}],
      "lastRuns":[)" + run_json("succeeded", 3) +
                                   R"(],"nextSlots":[{"schedule":"month-end",
      "slot":"2026-12-04T05:00:00Z","local":"2026-12-04T06:00"}]})");
  CHECK(daemon.costctl({"status"}).out ==
        "health      attention\n"
        "version     0.1.0\n"
        "started at  2026-11-01 05:00:00Z\n"
        "\n"
        "Open problems\n"
        "  ! 12 unpriced\n"
        "\n"
        "Last runs\n"
        "  RUN  JOBS            STATE\n"
        "  ───  ──────────────  ─────────\n"
        "  r1   ingest, rollup  succeeded\n"
        "\n"
        "Next slots\n"
        "  SCHEDULE   SLOT (UTC)            LOCAL\n"
        "  ─────────  ────────────────────  ────────────────\n"
        "  month-end  2026-12-04 05:00:00Z  2026-12-04 06:00\n");
}

TEST_CASE("the slots before an instant are asked for by number and instant", "[costctl]") {
  CannedDaemon daemon;
  daemon.answer("GET /schedules/month-end/prev",
                R"([{"slot":"2026-11-04T05:00:00Z","local":"2026-11-04T06:00","note":""}])");
  const auto outcome =
      daemon.costctl({"schedules", "prev", "month-end", "1", "--before", "2026-11-05T00:00:00Z"});
  CHECK(outcome.out ==
        "SLOT (UTC)            LOCAL\n"
        "────────────────────  ────────────────\n"
        "2026-11-04 05:00:00Z  2026-11-04 06:00\n");
  CHECK(daemon.requests() ==
        Texts{"GET /schedules/month-end/prev?before=2026-11-05T00:00:00Z&n=1"});
}

TEST_CASE("an explanation is facts, fields, clock changes and slots", "[costctl]") {
  CannedDaemon daemon;
  daemon.answer("GET /schedules/nightly/explain",
                R"({"name":"nightly","cron":"30 2 * * *","timeZone":"Europe/Zurich",)"
                R"("tzdata":"2025b","dstGap":"run","fields":[{"field":"minute","text":"30",)"
                R"("meaning":"at minute 30"}],"days":"every date","timing":"fixed times",)"
                R"("clockChanges":[{"at":"2026-03-29T01:00:00Z","localBefore":"2026-03-29T02:00",)"
                R"("localAfter":"2026-03-29T03:00","effect":"02:30 left out","slots":[)"
                R"({"slot":"2026-03-29T01:00:00Z","local":"2026-03-29T03:00","note":"moved"}]}],)"
                R"("next":[]})");
  CHECK(daemon.costctl({"schedules", "explain", "nightly"}).out ==
        "schedule   nightly\n"
        "cron       30 2 * * *\n"
        "time zone  Europe/Zurich\n"
        "rules      2025b\n"
        "days       every date\n"
        "timing     fixed times\n"
        "\n"
        "Fields\n"
        "FIELD   TEXT  MEANING\n"
        "──────  ────  ────────────\n"
        "minute  30    at minute 30\n"
        "\n"
        "Changes of the clock in the next 12 months\n"
        "AT (UTC)              CLOCK             IS SET TO         EFFECT\n"
        "────────────────────  ────────────────  ────────────────  ──────────────\n"
        "2026-03-29 01:00:00Z  2026-03-29 02:00  2026-03-29 03:00  02:30 left out\n"
        "\n"
        "Slots near them\n"
        "SLOT (UTC)            LOCAL             NOTE\n"
        "────────────────────  ────────────────  ─────\n"
        "2026-03-29 01:00:00Z  2026-03-29 03:00  moved\n"
        "\n"
        "Next slots\n"
        "it never fires; look at its cron expression\n");
}

TEST_CASE("every question of the protocol finds its command", "[costctl]") {
  const std::vector<std::pair<Texts, std::string>> questions{
      {{"forecasts", "--by", "total"}, "GET /forecasts"},
      {{"anomalies"}, "GET /anomalies"},
      {{"budgets", "status"}, "GET /budgets"},
      {{"tenants"}, "GET /tenants"},
      {{"outbox"}, "GET /outbox"},
      {{"prices"}, "GET /pricing"},
      {{"schedules"}, "GET /schedules"},
      {{"chargeback", "--tenant", "t"}, "GET /chargeback-reports"},
      {{"runs", "--limit", "3"}, "GET /runs"},
  };
  for (const auto& [words, request] : questions) {
    INFO(request);
    CannedDaemon daemon;
    daemon.answer(request, "[]");
    const auto outcome = daemon.costctl(words);
    INFO(outcome.err);
    CHECK(outcome.code == 0);
    CHECK(outcome.out.size() > 5);  // says that there is nothing
    CHECK(has(daemon.requests().at(0), request));
  }
}

TEST_CASE("budgets are listed with how many there are", "[costctl]") {
  CannedDaemon daemon;
  daemon.answer("GET /budgets", R"({"budgets":[
      {"id":"B1","name":"Acme month","tenantId":"acme","apiKey":"","period":"MONTHLY",
       "limitUsd":"1234.500000000000","softLimitPct":80,"enabled":false,"version":3,
       "managedBy":"TENANT","origin":"api","usage":null,"aboveCeiling":{"name":"Fleet"}}],
      "summary":{"total":51,"enabled":50,"disabled":1},"offset":50})");
  const auto outcome = daemon.costctl({"budgets", "list", "--tenant", "acme", "--offset", "50"});
  INFO(outcome.out << outcome.err);
  CHECK(outcome.code == 0);
  for (const char* text : {"Acme month", "1,234.50", "80%", "no", "TENANT", "Fleet", "B1",
                           "51 in all: 50 enabled, 1 disabled"}) {
    CHECK(has(outcome.out, text));
  }
  CHECK_FALSE(has(outcome.out, "more with"));
  CHECK(daemon.requests().at(0) == "GET /budgets?offset=50&tenantId=acme");
}

TEST_CASE("an edit sends the fields given with the version they are made to", "[costctl]") {
  CannedDaemon daemon;
  daemon.answer("GET /budgets/B1/usage", R"({"id":"B1","name":"m","version":3})");
  daemon.answer("PATCH /budgets/B1", R"({"id":"B1","name":"m","version":4})");
  CHECK(daemon.costctl({"budgets", "edit", "B1", "--limit", "120", "--disable"}).code == 0);
  CHECK(daemon.requests().at(1) ==
        R"(PATCH /budgets/B1 {"limitUsd":"120","enabled":false,"version":3})");
  daemon.costctl({"budgets", "edit", "B1", "--soft-limit", "70", "--if-version", "2"});
  CHECK(daemon.requests().at(2) == R"(PATCH /budgets/B1 {"softLimitPct":70,"version":2})");
}

}  // namespace costd
