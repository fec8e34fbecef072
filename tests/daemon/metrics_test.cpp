// The text for Prometheus, read by a parser of its own, and the answers of health checks.

#include <catch2/catch.hpp>
#include <cctype>
#include <set>
#include <sstream>

#include "daemon/prometheus_text.hpp"
#include "tests/daemon/access_world.hpp"

namespace costd {
namespace {

/// Samples by name and labels as written; throws for whatever the format does not allow.
class ParsedMetrics {
 public:
  explicit ParsedMetrics(const std::string& text) {
    if (text.empty() || text.back() != '\n') throw std::runtime_error("no line feed at the end");
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with("# HELP ")) {
        family_ = word(line, 7);
        if (!families_.insert(family_).second) throw std::runtime_error("twice: " + family_);
      } else if (line.starts_with("# TYPE ")) {
        if (word(line, 7) != family_) throw std::runtime_error("type of another: " + line);
        type_ = line.substr(7 + family_.size() + 1);
        if (type_ != "counter" && type_ != "gauge" && type_ != "histogram") {
          throw std::runtime_error("no type: " + line);
        }
      } else {
        sample(line);
      }
    }
  }

  std::map<std::string, std::string> samples;

 private:
  static std::string word(const std::string& line, std::size_t at) {
    return line.substr(at, line.find(' ', at) - at);
  }
  void sample(const std::string& line) {
    std::size_t end = 0;
    while (end < line.size() && (std::isalnum(static_cast<unsigned char>(line[end])) != 0 ||
                                 line[end] == '_' || line[end] == ':')) {
      ++end;
    }
    const std::string name = line.substr(0, end);
    const bool is_part =
        type_ == "histogram" &&
        (name == family_ + "_bucket" || name == family_ + "_sum" || name == family_ + "_count");
    if (name.empty() || (name != family_ && !is_part)) throw std::runtime_error("where? " + line);
    std::size_t at = end;
    if (at < line.size() && line[at] == '{') at = end_of_labels(line, at);
    const std::string value = line.substr(at + 1);
    const bool is_number =
        !value.empty() && value.find_first_not_of("0123456789.") == std::string::npos;
    if (line[at] != ' ' || !is_number) throw std::runtime_error("no value: " + line);
    if (!samples.emplace(line.substr(0, at), value).second) throw std::runtime_error("2x " + line);
  }
  /// Behind the closing brace; quotes and backslashes in values are escaped.
  static std::size_t end_of_labels(const std::string& line, std::size_t at) {
    while (true) {
      const std::size_t equals = line.find("=\"", at);
      if (equals == std::string::npos) throw std::runtime_error("no label: " + line);
      for (at = equals + 2; line.at(at) != '"'; ++at) {
        if (line[at] == '\\') ++at;
      }
      ++at;
      if (line.at(at) == '}') return at + 1;
      if (line.at(at) != ',') throw std::runtime_error("labels: " + line);
    }
  }

  std::string family_;
  std::string type_;
  std::set<std::string> families_;
};

HttpRequest get(const std::string& path) {
  HttpRequest request;
  request.method = "GET";
  request.path = path;
  return request;
}

const Access viewer{Role::viewer, std::nullopt, {"token", "t1"}};

}  // namespace

TEST_CASE("label values may hold anything, and seconds lose no digit", "[metrics]") {
  PrometheusText text;
  text.begin("a_total", PrometheusText::Type::counter, "What.");
  text.add({{"x", "quote \" backslash \\ line\nfeed"}, {"y", ""}}, 7);
  text.add_seconds({}, std::chrono::microseconds(1'250'000));
  CHECK(text.text() ==
        "# HELP a_total What.\n# TYPE a_total counter\n"
        "a_total{x=\"quote \\\" backslash \\\\ line\\nfeed\",y=\"\"} 7\n"
        "a_total 1.25\n");
  CHECK(seconds_text(std::chrono::milliseconds(5)) == "0.005");
  CHECK(seconds_text(std::chrono::seconds(10)) == "10");
  CHECK(seconds_text(std::chrono::microseconds(0)) == "0");
}

TEST_CASE("the metrics say how things are, in the format of Prometheus", "[metrics]") {
  test::AccessWorld world;
  world.ask(viewer, get("/v1/admin/clock"));
  world.ask(viewer, get("/v1/admin/unicorns"));
  const HttpResponse response = world.ask(viewer, get("/metrics"));
  CHECK(response.content_type == "text/plain; version=0.0.4; charset=utf-8");
  INFO(response.body);
  const auto samples = ParsedMetrics(response.body).samples;
  CHECK(samples.at("costd_ingest_records_total") == "60");
  CHECK(samples.at("costd_unpriced_requests") == "0");
  CHECK(samples.at("costd_runs{job=\"chargeback\",state=\"queued\"}") == "2");
  CHECK(samples.at("costd_outbox_messages{state=\"dead\"}") == "1");
  CHECK(samples.at("costd_budgets{colour=\"red\"}") == "1");
  CHECK(samples.at("costd_budgets{colour=\"green\"}") == "0");
  CHECK(samples.at("costd_slots_late") == "0");
  const std::string clock = "{method=\"GET\",route=\"/v1/admin/clock\",code=\"200\"";
  CHECK(samples.at("costd_http_request_duration_seconds_count" + clock + "}") == "1");
  CHECK(samples.at("costd_http_request_duration_seconds_bucket" + clock + ",le=\"0.001\"}") == "1");
  CHECK(samples.at("costd_http_request_duration_seconds_bucket" + clock + ",le=\"+Inf\"}") == "1");
  CHECK(samples.at("costd_http_request_duration_seconds_count"
                   "{method=\"\",route=\"\",code=\"404\"}") == "1");
  CHECK(samples.contains("costd_build_info{version=\"" COSTD_VERSION "\",tzdata=\"" +
                         world.service.tzdata + "\"}"));
}

TEST_CASE("a slot that has not begun a minute after it was due is late", "[metrics]") {
  test::AccessWorld world;
  world.change([&](UnitOfWork& unit) {
    Run run;
    run.id = "late";
    run.slot_key = "nightly@1";
    run.schedule = "nightly";
    run.jobs = {"ingest", "rollup"};
    run.slot_at = world.clock.now() - std::chrono::seconds(90);
    run.queued_at = run.slot_at;
    store_new_run(unit, run);
  });
  const auto samples = ParsedMetrics(world.ask(viewer, get("/metrics")).body).samples;
  CHECK(samples.at("costd_slots_late") == "1");
  CHECK(samples.at("costd_slots_late_seconds") == "90");
  CHECK(samples.at("costd_runs{job=\"rollup\",state=\"queued\"}") == "1");
}

TEST_CASE("health is told to anyone, and says nothing else", "[metrics]") {
  test::AccessWorld world;
  world.service.session_access = nullptr;
  CHECK(world.ask({}, get("/healthz")).body == R"({"status":"ok"})");
  CHECK(world.ask({}, get("/readyz")).body == R"({"status":"ready"})");
  CHECK(world.ask({}, get("/metrics")).status == 401);
  world.service.is_stopping = true;
  CHECK(world.ask({}, get("/healthz")).status == 200);
  CHECK(world.ask({}, get("/readyz")).status == 503);
}

}  // namespace costd
