#include <catch2/catch.hpp>

#include "tests/daemon/canned_daemon.hpp"

namespace costd {
namespace {

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("periods are a table of what is in the way, what was waived and what was closed",
          "[costctl][periods]") {
  CannedDaemon daemon;
  daemon.answer("GET /periods", R"json([
    {"tenantId":"acme","month":"2026-10","timeZone":"UTC","state":"grace",
     "end":"2026-11-01T00:00:00Z","closableFrom":"2026-11-04T00:00:00Z",
     "obstacles":[{"gate":"unpriced","what":"4 requests have no price (m-new)","waived":false
},
                  {"gate":"sources","what":"none of legacy","waived":true}],
     "waivers":[{"gate":"sources","by":"uid:7","reason":"switched off"}],
     "closedAt":null,"closedBy":null,"finalReportId":null,"finalRevision":null,
     "frozenMatches":null
},
    {"tenantId":"orbit","month":"2026-10","timeZone":"UTC","state":"closed",
     "end":"2026-11-01T00:00:00Z","closableFrom":"2026-11-04T00:00:00Z","obstacles":[],
     "waivers":[],"closedAt":"2026-11-04T06:00:00Z","closedBy":"schedule:month-end",
     "finalReportId":"R1","finalRevision":2,"frozenMatches":false}])json");
  const auto outcome = daemon.costctl({"periods", "list", "--month", "2026-10"});
  CHECK(outcome.code == 0);
  CHECK(has(outcome.out, "unpriced: 4 requests have no price (m-new)"));
  CHECK_FALSE(has(outcome.out, "none of legacy"));
  CHECK(has(outcome.out, "sources by uid:7: switched off"));
  CHECK(has(outcome.out, "schedule:month-end"));
  CHECK(has(outcome.out, "NO"));
}

TEST_CASE("closing a month waits for its run and says who stays open and why, with exit code 5",
          "[costctl][periods][promise]") {
  CannedDaemon daemon;
  daemon.answer("POST /periods/2026-10/close",
                R"({"id":"r1","jobs":["close"],"state":"succeeded","revision":3,"progress":null,
                    "counts":{"open":1},"outputs":[],"error":"","log":[]})");
  daemon.answer("GET /periods",
                R"([{"tenantId":"acme","state":"grace","obstacles":[
                  {"gate":"quarantine","what":"2 refused lines are dated in the month"}]}])");
  const auto outcome =
      daemon.costctl({"periods", "close", "2026-10", "--tenant", "acme", "--wait"});
  CHECK(outcome.code == 5);
  CHECK(has(outcome.err,
            "2026-10 of acme stays open: quarantine: 2 refused lines are dated in the month"));
  CHECK(daemon.requests().front() == R"(POST /periods/2026-10/close {"tenantId":"acme"})");
}

TEST_CASE("a run that goes on later is not waited for", "[costctl][periods]") {
  CannedDaemon daemon;
  daemon.answer("GET /runs/r1",
                R"({"id":"r1","jobs":["close"],"state":"queued","revision":7,"progress":null,
                    "counts":{},"outputs":[],"error":"2026-10 stays open for acme","log":[],
                    "startedAt":"2026-11-04T06:00:00Z","notBefore":"2026-11-04T07:00:00Z"})");
  const auto outcome = daemon.costctl({"runs", "watch", "r1"});
  CHECK(outcome.code == 5);
  CHECK(has(outcome.err, "goes on at 2026-11-04T07:00:00Z: 2026-10 stays open for acme"));
}

TEST_CASE("waiving sends the reason and the gates, and says what was waived",
          "[costctl][periods]") {
  CannedDaemon daemon;
  daemon.answer("POST /periods/2026-10/waive",
                R"({"month":"2026-10","waived":[{"tenantId":"acme","gate":"unpriced",
                    "what":"4 requests have no price"}],"run":{"id":"r9"}})",
                202);
  const auto outcome = daemon.costctl(
      {"periods", "waive", "2026-10", "--reason", "free preview", "--gate", "unpriced,sources"});
  CHECK(outcome.code == 0);
  CHECK(has(outcome.out, "4 requests have no price"));
  CHECK(has(outcome.out, "costctl runs watch r9"));
  CHECK(daemon.requests().front() ==
        R"(POST /periods/2026-10/waive {"reason":"free preview","gates":"unpriced,sources"})");
}

}  // namespace costd
