#include "ledger/store/anomaly_store.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

#include "tests/support/ledger_builders.hpp"
#include "tests/support/test_database.hpp"

namespace costd {
namespace {

using test::at;
using test::day;

StoredAnomaly an_incident(const std::string& id, const std::string& tenant,
                          const std::string& model, const std::string& first,
                          const std::string& last) {
  StoredAnomaly anomaly;
  anomaly.id = id;
  anomaly.tenant = tenant;
  anomaly.model = model;
  anomaly.provider = model.empty() ? "" : "openai";
  anomaly.incident.first_day = day(first);
  anomaly.incident.last_day = day(last);
  anomaly.incident.current = Money::from_usd(3);
  anomaly.incident.baseline = Money::from_usd(1);
  anomaly.incident.impact = Money::from_usd(2);
  anomaly.detected_at = at("2026-11-01T00:00:00Z");
  anomaly.resolved_at = id == "open" ? Instant{} : at("2026-11-02T00:00:00Z");
  return anomaly;
}

const DayRange october{day("2026-10-01"), day("2026-11-01")};

/// Five of October, and one of September that reaches into it.
void store_six(Database& database) {
  UnitOfWork unit = database.begin();
  replace_anomalies(unit, {day("2026-09-01"), day("2026-11-01")}, AnomalyRuleName::published,
                    {an_incident("a", "acme", "m-one", "2026-10-02", "2026-10-03"),
                     an_incident("b", "acme", "m-two", "2026-10-02", "2026-10-03"),
                     an_incident("c", "acme", "", "2026-10-09", "2026-10-09"),
                     an_incident("d", "zeta", "m-one", "2026-10-20", "2026-10-21"),
                     an_incident("open", "zeta", "m-one", "2026-10-30", "2026-10-31"),
                     an_incident("early", "acme", "m-one", "2026-09-30", "2026-10-01")});
  unit.commit();
}

std::string ids_of(const std::vector<StoredAnomaly>& anomalies) {
  std::string ids;
  for (const StoredAnomaly& anomaly : anomalies) ids += (ids.empty() ? "" : " ") + anomaly.id;
  return ids;
}

std::string days_of(const std::vector<DayRange>& spans) {
  std::string days;
  for (const DayRange& span : spans) {
    days += (days.empty() ? "" : " ") + format_day(span.from).substr(5) + "/" +
            std::to_string((span.to - span.from).count());
  }
  return days;
}

}  // namespace

TEST_CASE("a digest counts incidents, says their days once, and has the newest whole",
          "[store][anomaly]") {
  test::TestDatabase test;
  store_six(test.database);
  const AnomalyDigest digest = load_anomaly_digest(test.database.snapshot(), {october}, 2);
  CHECK(digest.count == 6);
  CHECK(digest.open == 1);
  CHECK(days_of(digest.spans) == "09-30/2 10-02/2 10-09/1 10-20/2 10-30/2");
  CHECK(ids_of(digest.newest) == "open d");
}

TEST_CASE("a digest's newest are the list backwards", "[store][anomaly]") {
  test::TestDatabase test;
  store_six(test.database);
  auto list = load_anomalies(test.database.snapshot(), october, "");
  CHECK(ids_of(list) == "early a b c d open");
  const AnomalyDigest digest = load_anomaly_digest(test.database.snapshot(), {october}, 100);
  std::ranges::reverse(list);
  CHECK(digest.newest == list);
}

TEST_CASE("an incident of all models is one of each", "[store][anomaly]") {
  test::TestDatabase test;
  store_six(test.database);
  struct Case {
    AnomalyFilter filter;
    std::string ids;
  };
  const std::vector<Case> cases{{{october, "acme", "m-two"}, "c b"},
                                {{october, "", "m-one"}, "open d c a early"},
                                {{october, "", "m-none"}, "c"},
                                {{october, "", "", "openai"}, "open d c b a early"},
                                {{october, "", "", "azure"}, "c"},
                                {{{day("2026-10-03"), day("2026-10-09")}}, "b a"},
                                {{october, "nobody"}, ""}};
  for (const Case& one : cases) {
    const AnomalyDigest digest = load_anomaly_digest(test.database.snapshot(), one.filter, 100);
    CAPTURE(one.filter.tenant, one.filter.model, one.filter.provider);
    CHECK(ids_of(digest.newest) == one.ids);
    CHECK(digest.count == static_cast<std::int64_t>(digest.newest.size()));
  }
}

}  // namespace costd
