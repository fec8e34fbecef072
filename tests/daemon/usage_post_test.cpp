// POST /v1/admin/token-usage, without a socket.

#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "daemon/routes.hpp"
#include "jobs/durable_file.hpp"
#include "jobs/spool_upload.hpp"
#include "ledger/error.hpp"
#include "ledger/store/audit_store.hpp"
#include "ledger/store/run_store.hpp"
#include "tests/support/quiet_log.hpp"
#include "tests/support/test_database.hpp"

namespace costd {
namespace {

using test::at;
using Headers = std::map<std::string, std::string>;
using nlohmann::json;

class IdleJob : public Job {
 public:
  std::string name() const override { return "ingest"; }
  JobResult run(JobContext&) override { return {}; }
};

JobCatalogue one_idle_job() {
  JobCatalogue jobs;
  jobs["ingest"] = std::make_unique<IdleJob>();
  return jobs;
}

SourceSettings a_source(const std::string& name, const std::string& path,
                        const std::string& format) {
  SourceSettings source;
  source.name = name;
  source.path = path;
  source.format = format;
  return source;
}

/// A service with three sources whose queue is not started: runs stay queued.
struct PostBench : test::TestDatabase {
  test::QuietLog quiet;
  ManualClock clock{at("2026-10-05T12:00:00Z")};
  RunQueue runs{database, one_idle_job(), clock};
  Scheduler scheduler{database, {}};
  Service service{settings(), database, runs, scheduler, clock, clock.now()};
  std::vector<Route> routes = all_routes();

  Settings settings() const {
    Settings settings;
    settings.sources = {a_source("gateway", folder / "spool", "auto"),
                        a_source("other", folder / "other", "jsonl"),
                        a_source("table", folder / "table", "csv")};
    return settings;
  }

  HttpRequest request(const std::string& body, const Headers& headers,
                      const std::string& source) const {
    HttpRequest request;
    request.method = "POST";
    request.path = "/v1/admin/token-usage";
    if (!source.empty()) request.query["source"] = source;
    request.headers = {{"content-type", "application/x-ndjson"}};
    for (const auto& [name, value] : headers) request.headers[name] = value;
    request.body = body;
    return request;
  }
  HttpResponse post(const std::string& body, const Headers& headers = {},
                    const std::string& source = "") {
    return dispatch(service, routes, request(body, headers, source));
  }

  std::vector<std::string> files(const std::string& spool = "spool") const {
    std::vector<std::string> names;
    if (!std::filesystem::exists(folder / spool)) return names;
    for (const auto& found : std::filesystem::directory_iterator(folder / spool)) {
      names.push_back(found.path().filename().string());
    }
    std::ranges::sort(names);
    return names;
  }
  std::int64_t audit_events() { return load_audit_head(database.snapshot()).count; }
};

std::string message_of(const HttpResponse& response) {
  return json::parse(response.body).at("error").at("message");
}

}  // namespace

TEST_CASE("a post becomes a file of the spool, a queued ingest and an audit event", "[post]") {
  PostBench bench;
  const HttpResponse response = bench.post("{\"id\":1}\n");
  CHECK(response.status == 200);
  const json answer = json::parse(response.body);
  CHECK(answer.at("source") == "gateway");
  CHECK(answer.at("bytes") == 9);
  const std::string file = answer.at("file");
  CHECK_THAT(file, Catch::StartsWith("post-") && Catch::EndsWith(".jsonl"));
  CHECK(bench.files() == std::vector{file});
  CHECK(read_file(bench.folder / ("spool/" + file)) == "{\"id\":1}\n");
  const auto run = bench.runs.find(answer.at("runId"));
  REQUIRE(run);
  CHECK(run->jobs == std::vector<std::string>{"ingest"});
  CHECK(run->trigger == "manual");
  const auto events = load_audit_events(bench.database.snapshot(), 0, 10);
  REQUIRE(events.size() == 1);
  CHECK(events[0].action == "usage.post");
  CHECK(events[0].object == "gateway/" + file);
  CHECK(events[0].actor.text() == "uid:0");
  // printf '{"id":1}\n' | sha256sum
  CHECK(events[0].after_sha256 ==
        "51bc513113548e062ada62b03efea153cae2abdf46b051c551c3e62a4dfb88cf");
}

TEST_CASE("two posts without a key are two files, and wait for one run", "[post]") {
  PostBench bench;
  const json first = json::parse(bench.post("{}\n").body);
  const json second = json::parse(bench.post("{}\n").body);
  CHECK(bench.files().size() == 2);
  CHECK(first.at("runId") == second.at("runId"));
  CHECK(load_runs(bench.database.snapshot(), {}, 10).size() == 1);
  // A run that has begun may have passed the file by: the next post gets one of its own.
  bench.runs.cancel(first.at("runId"), {"uid", "1000"});
  CHECK(json::parse(bench.post("{}\n").body).at("runId") != first.at("runId"));
}

TEST_CASE("the header of a post decides before its body is read", "[post]") {
  struct Row {
    Headers headers;
    std::string source;
    int status;
    std::string words;  ///< of the message
  };
  const std::vector<Row> rows{
      {{{"content-type", "application/json"}}, "", 200, ""},
      {{{"content-type", "Application/X-NDJSON; charset=utf-8"}}, "other", 200, ""},
      {{{"content-encoding", "identity"}}, "", 200, ""},
      {{{"content-encoding", "gzip"}}, "", 200, ""},
      {{{"content-encoding", "ZSTD"}}, "", 200, ""},
      {{{"content-type", "text/csv"}}, "", 415, "application/x-ndjson"},
      {{{"content-type", ""}}, "", 415, "application/x-ndjson"},
      {{{"content-encoding", "br"}}, "", 415, "\"br\""},
      {{{"content-encoding", "gzip, zstd"}}, "", 415, "gzip, zstd or none"},
      {{}, "nowhere", 404, "gateway, other, table"},
      {{}, "table", 400, "takes CSV"},
      {{{"idempotency-key", ""}}, "", 400, "1 to 128"},
      {{{"idempotency-key", std::string(129, 'k')}}, "", 400, "129 bytes"},
      {{{"idempotency-key", "k\xc3\xa4"}}, "", 400, "printable ASCII"},
      {{{"idempotency-key", std::string(128, '~')}}, "", 200, ""},
  };
  for (const Row& row : rows) {
    PostBench bench;
    CAPTURE(row.headers, row.source);
    const HttpResponse response = bench.post("{}\n", row.headers, row.source);
    CHECK(response.status == row.status);
    const auto written = bench.files().size() + bench.files("other").size();
    CHECK(written == (row.status == 200 ? 1U : 0U));
    if (row.status != 200) CHECK_THAT(message_of(response), Catch::Contains(row.words));
    const BodyPlan plan = [&] {
      try {
        return plan_body(bench.service, bench.routes, bench.request("", row.headers, row.source));
      } catch (const std::exception&) {
        return BodyPlan{nullptr, HttpResponse{}};
      }
    }();
    CHECK((plan.upload == nullptr) == (row.status != 200));
    CHECK(plan.refusal.has_value() == (row.status != 200));
  }
}

TEST_CASE("the file's name says how it is compressed", "[post]") {
  PostBench bench;
  bench.post("x", {{"content-encoding", "gzip"}, {"idempotency-key", "a"}});
  bench.post("x", {{"content-encoding", "zstd"}, {"idempotency-key", "b"}});
  const auto files = bench.files();
  REQUIRE(files.size() == 2);
  // printf a | sha256sum, printf b | sha256sum: the first 32 digits
  CHECK(files[0] == "post-3e23e8160039594a33894f6564e1b134.jsonl.zst");
  CHECK(files[1] == "post-ca978112ca1bbdcafac231b39a23dc4d.jsonl.gz");
}

TEST_CASE("an empty body is refused and leaves no file", "[post]") {
  PostBench bench;
  const HttpResponse response = bench.post("");
  CHECK(response.status == 400);
  CHECK_THAT(message_of(response), Catch::Contains("empty"));
  CHECK(bench.files().empty());
  CHECK(bench.audit_events() == 0);
}

TEST_CASE("a repeat with the same key gets the same answer, and nothing is written", "[post]") {
  PostBench bench;
  const HttpResponse first = bench.post("{}\n", {{"idempotency-key", "k"}});
  CHECK_FALSE(first.headers.contains("Idempotency-Replayed"));
  std::filesystem::remove_all(bench.folder / "spool");  // as ingest would have taken it
  const HttpResponse second = bench.post("{}\n", {{"idempotency-key", "k"}});
  CHECK(second.status == 200);
  CHECK(second.body == first.body);
  CHECK(second.headers.at("Idempotency-Replayed") == "true");
  CHECK(bench.files().empty());
  CHECK(bench.audit_events() == 1);
  CHECK(load_runs(bench.database.snapshot(), {}, 10).size() == 1);
}

TEST_CASE("a key with another body or source is refused and leaves nothing", "[post]") {
  PostBench bench;
  bench.post("{}\n", {{"idempotency-key", "k"}});
  const HttpResponse body = bench.post("{ }\n", {{"idempotency-key", "k"}});
  CHECK(body.status == 422);
  CHECK_THAT(message_of(body), Catch::Contains("another body") && Catch::Contains("new key"));
  const HttpResponse source = bench.post("{}\n", {{"idempotency-key", "k"}}, "other");
  CHECK(source.status == 422);
  CHECK_THAT(message_of(source), Catch::Contains("source \"gateway\""));
  CHECK(bench.files().size() == 1);
  CHECK(bench.files("other").empty());
}

TEST_CASE("after 72 hours a key is as good as new", "[post]") {
  PostBench bench;
  bench.post("{}\n", {{"idempotency-key", "k"}});
  std::filesystem::remove_all(bench.folder / "spool");
  bench.clock.set(at("2026-10-08T12:00:00Z"));
  const HttpResponse again = bench.post("{ }\n", {{"idempotency-key", "k"}});
  CHECK(again.status == 200);
  CHECK_FALSE(again.headers.contains("Idempotency-Replayed"));
}

TEST_CASE("two posts at one time with one key: the second is told to wait", "[post]") {
  PostBench bench;
  const HttpRequest request = bench.request("", {{"idempotency-key", "k"}}, "");
  BodyPlan first = plan_body(bench.service, bench.routes, request);
  REQUIRE(first.upload);
  first.upload->write("{}");
  const HttpResponse second = bench.post("{}\n", {{"idempotency-key", "k"}});
  CHECK(second.status == 409);
  CHECK(second.headers.at("Retry-After") == "1");
  CHECK(bench.post("{}\n", {{"idempotency-key", "l"}}).status == 200);
  first.upload->write("\n");
  CHECK(first.upload->finish().status == 200);
  first.upload.reset();
  CHECK(bench.post("{}\n", {{"idempotency-key", "k"}}).status == 200);
  CHECK(bench.files().size() == 2);
}

TEST_CASE("an upload is counted once, by its answer, with the time since its header", "[post]") {
  PostBench bench;
  const auto plan = [&](const std::string& source) {
    return plan_body(bench.service, bench.routes, bench.request("", {}, source));
  };
  BodyPlan full = plan("");
  full.upload->write("{}\n");
  bench.clock.advance(std::chrono::seconds(2));
  CHECK(full.upload->finish().status == 200);
  CHECK_THROWS_AS(plan("").upload->finish(), Error);  // an empty body
  CHECK_THROWS_AS(plan("nowhere"), Error);
  auto series = bench.service.http_metrics.all();
  CHECK(series.size() == 3);
  for (const int status : {200, 400, 404}) {
    CAPTURE(status);
    const HttpMetrics::Series& of = series[{"POST", "/v1/admin/token-usage", status}];
    CHECK(of.count == 1);
    CHECK(of.sum == std::chrono::seconds(status == 200 ? 2 : 0));
  }
}

TEST_CASE("an upload that ends half-way leaves neither a file nor its key", "[post]") {
  PostBench bench;
  const HttpRequest request = bench.request("", {{"idempotency-key", "k"}}, "");
  BodyPlan plan = plan_body(bench.service, bench.routes, request);
  plan.upload->write("{\"id\":");
  CHECK(bench.files().size() == 1);
  CHECK_THAT(bench.files().front(), Catch::StartsWith("."));
  plan.upload.reset();
  CHECK(bench.files().empty());
  CHECK(bench.post("{}\n", {{"idempotency-key", "k"}}).status == 200);
}

TEST_CASE("a crash between the file and its key makes no second file", "[post]") {
  PostBench bench;
  // What is left then: the file under the name that follows from the key, and no row.
  const std::string file = "spool/post-8254c329a92850f6d539dd376f4816ee.jsonl";
  std::filesystem::create_directories(bench.folder / "spool");
  bench.folder.write(file, "{}\n");
  const HttpResponse other = bench.post("{ }\n", {{"idempotency-key", "k"}});
  CHECK(other.status == 422);
  CHECK(read_file(bench.folder / file) == "{}\n");
  const HttpResponse same = bench.post("{}\n", {{"idempotency-key", "k"}});
  CHECK(same.status == 200);
  CHECK(bench.files().size() == 1);
  CHECK(bench.post("{}\n", {{"idempotency-key", "k"}}).headers.contains("Idempotency-Replayed"));
}

TEST_CASE("hidden files of uploads go after an hour, and nothing else does", "[post]") {
  const TemporaryFolder folder;
  const Instant now = at("2026-10-05T12:00:00Z");
  const auto put = [&](const std::string& name, Instant written) {
    folder.write(name, "x");
    const timespec time{
        std::chrono::floor<std::chrono::seconds>(written).time_since_epoch().count(), 0};
    const std::array<timespec, 2> times{time, time};
    REQUIRE(::utimensat(AT_FDCWD, (folder / name).c_str(), times.data(), 0) == 0);
  };
  put(".post-stale", now - std::chrono::hours(1) - std::chrono::seconds(1));
  put(".post-young", now - std::chrono::hours(1));
  put(".posted", now - std::chrono::hours(99));
  put("post-whole.jsonl", now - std::chrono::hours(99));
  remove_stale_uploads(folder / "", now);
  CHECK_FALSE(std::filesystem::exists(folder / ".post-stale"));
  for (const char* name : {".post-young", ".posted", "post-whole.jsonl"}) {
    CHECK(std::filesystem::exists(folder / name));
  }
  CHECK_NOTHROW(remove_stale_uploads(folder / "nowhere", now));
}

}  // namespace costd
