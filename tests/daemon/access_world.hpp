#pragma once
// Two tenants with everything that a tenant can have. What belongs to the second one, and what all
// of them come to together, holds the word "canary" or a figure of its own, so that a test can look
// for it in what the first one is told.

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "daemon/routes.hpp"
#include "jobs/forecast_job.hpp"
#include "ledger/sha256.hpp"
#include "ledger/store/alert_store.hpp"
#include "ledger/store/anomaly_store.hpp"
#include "ledger/store/budget_store.hpp"
#include "ledger/store/evidence_store.hpp"
#include "ledger/store/outbox_store.hpp"
#include "ledger/store/report_store.hpp"
#include "ledger/store/run_store.hpp"
#include "ledger/store/tenant_store.hpp"
#include "ledger/store/token_store.hpp"
#include "ledger/ulid.hpp"
#include "tests/daemon/schedule_builders.hpp"
#include "tests/support/budget_builders.hpp"
#include "tests/support/job_bench.hpp"
#include "tests/support/quiet_log.hpp"

namespace costd::test {

inline const std::string own_tenant = "alpha";
inline const std::string foreign_tenant = "canary-beta";
inline const std::string unknown_tenant = "nobody-here";

class NamedIdleJob : public Job {
 public:
  explicit NamedIdleJob(std::string name) : name_(std::move(name)) {}
  std::string name() const override { return name_; }
  JobResult run(JobContext&) override { return {}; }

 private:
  std::string name_;
};

struct AccessWorld : JobBench {
  QuietLog quiet;
  ManualClock clock{at("2026-10-20T12:00:00Z")};
  RunQueue runs{database, idle_jobs(), clock};
  Scheduler scheduler{database, {a_schedule("0 6 * * *")}};
  Service service{settings(), database, runs, scheduler, clock, clock.now()};
  std::vector<Route> routes = all_routes();
  Access asking;
  int made = 0;

  AccessWorld() {
    now = clock.now();
    service.session_access = [this](const HttpRequest&) { return asking; };
    service.reload = [](const Actor&) {};
    std::filesystem::create_directories(spool());
    for (const auto& [tenant, mark] : {std::pair{own_tenant, std::string("plain")},
                                       std::pair{foreign_tenant, std::string("canary")}}) {
      add_usage_of(tenant, mark);
      describe(tenant, mark);
      alert_of(tenant, mark);
    }
    alert_of("", "canary");
    anomalies();
    apply_prices({a_price("*", "1", "4")});
    rollup();
    run(*make_forecast_job());
    add_outbox_message();
    add_report("", "chargeback", "canary");
    add_report("", "soc2", "canary");
    add_cap("", "canary", ManagedBy::platform);
    service.budgets->refresh(database, clock.now());
  }

  static JobCatalogue idle_jobs() {
    JobCatalogue jobs;
    for (const char* name : {"ingest", "rollup", "close", "chargeback", "compliance"}) {
      jobs[name] = std::make_unique<NamedIdleJob>(name);
    }
    return jobs;
  }
  Settings settings() const {
    Settings settings;
    settings.control.tcp = TcpSettings{"127.0.0.1", 8080};
    SourceSettings source;
    source.name = "gateway";
    source.path = spool();
    settings.sources = {source};
    return settings;
  }

  HttpResponse ask(const Access& access, HttpRequest request) {
    asking = access;
    request.peer.via = Peer::Via::tcp;
    request.peer.address = "127.0.0.1";
    request.headers.try_emplace("host", "127.0.0.1:8080");
    return dispatch(service, routes, request);
  }

  std::string fresh_id() { return make_ulid(clock.now()); }

  void add_usage_of(const std::string& tenant, const std::string& mark) {
    std::vector<UsageRecord> records;
    for (int n = 0; n < 30; ++n) {
      records.push_back(a_usage_record()
                            .with_id(fmt::format("record-{}-{}", mark, n))
                            .for_tenant(tenant)
                            .for_key("key-" + mark)
                            .for_model("model-" + mark)
                            .from_provider("provider-" + mark)
                            .with_input_tokens(7'777'777 + n)
                            .at(fmt::format("2026-{:02}-{:02}T12:00:00Z", n < 11 ? 9 : 10,
                                            n < 11 ? n + 20 : n - 10)));
    }
    ingest(records);
  }
  void describe(const std::string& tenant, const std::string& mark) {
    change([&](UnitOfWork& unit) {
      Tenant described;
      described.id = tenant;
      described.name = "name " + mark;
      described.origin = TenantOrigin::api;
      store_tenant(unit, described);
      EvidenceRecord record;
      record.kind = evidence_kinds().front().name;
      record.id = "record-" + mark;
      record.tenant = tenant;
      record.origin = EvidenceRecord::Origin::api;
      store_evidence(unit, record);
      record.id = "site-canary-" + mark;
      record.tenant = "";
      store_evidence(unit, record);
      AccessToken token;
      token.id = fresh_id();
      token.name = "token " + mark;
      token.hash = sha256_hex(token.id);
      token.role = "viewer";
      token.tenant = tenant;
      insert_token(unit, token);
      Run run;
      run.id = fresh_id();
      run.jobs = {"chargeback"};
      run.trigger = "manual";
      run.slot_key = run.id;
      run.parameters = {{"tenant", tenant}, {"note", mark}};
      run.queued_at = clock.now();
      store_new_run(unit, run);
      unit.audit({.at = clock.now(),
                  .actor = {"uid", "0"},
                  .action = "tenants.set",
                  .object = tenant,
                  .tenant = tenant,
                  .reason = mark});
    });
  }
  void alert_of(const std::string& tenant, const std::string& mark) {
    change([&](UnitOfWork& unit) {
      store_alert(unit,
                  {.key = "alert-" + tenant,
                   .kind = AlertKind::anomaly_opened,
                   .tenant = tenant,
                   .subject = "subject-" + mark,
                   .title = "title " + mark},
                  clock.now());
    });
  }
  void anomalies() {
    change([&](UnitOfWork& unit) {
      std::vector<StoredAnomaly> found;
      for (const auto& [tenant, mark] :
           {std::pair{own_tenant, "plain"}, std::pair{foreign_tenant, "canary"},
            std::pair{std::string(), "canary"}}) {
        StoredAnomaly anomaly;
        anomaly.id = fresh_id();
        anomaly.tenant = tenant;
        anomaly.model = std::string("model-") + mark;
        anomaly.provider = std::string("provider-") + mark;
        anomaly.why = std::string("because of ") + mark;
        anomaly.incident.first_day = anomaly.incident.last_day = day("2026-10-05");
        anomaly.detected_at = clock.now();
        found.push_back(anomaly);
      }
      replace_anomalies(unit, {day("2026-10-01"), day("2026-10-10")}, AnomalyRuleName::published,
                        found);
    });
  }
  std::string add_outbox_message() {
    OutboxMessage message;
    message.id = fresh_id();
    message.dedupe_key = message.id;
    message.kind = "alert";
    message.recipient = "canary@example.com";
    message.subject = "canary";
    message.state = OutboxState::dead;
    message.created_at = message.updated_at = clock.now();
    change([&](UnitOfWork& unit) { store_outbox_message(unit, message); });
    return message.id;
  }
  std::string add_report(const std::string& tenant, const std::string& kind,
                         const std::string& mark) {
    StoredReport report;
    report.id = fresh_id();
    report.kind = kind;
    report.tenant = tenant;
    report.tenant_name = "name " + mark;
    report.period = {day("2026-09-01"), day("2026-10-01")};
    report.status = "PRELIMINARY";
    report.generated_at = clock.now();
    report.generated_by = "uid:0";
    report.model = R"({"note":")" + mark + R"("})";
    report.model_sha256 = sha256_hex(report.model);
    const std::string bytes = "a,b\n" + mark + "\n";
    report.files = {{"csv", folder.write(report.id + ".csv", bytes), mark + ".csv",
                     static_cast<std::int64_t>(bytes.size()), sha256_hex(bytes)}};
    change([&](UnitOfWork& unit) { store_report(unit, report); });
    return report.id;
  }
  std::string add_cap(const std::string& tenant, const std::string& mark, ManagedBy by) {
    BudgetCap cap = a_cap(fmt::format("cap {} {}", mark, ++made)).of(tenant);
    cap.id = fresh_id();
    cap.managed_by = by;
    cap.origin = BudgetOrigin::api;
    cap.limit = Money::from_usd(1);
    change([&](UnitOfWork& unit) { insert_cap(unit, cap, {"uid:0", clock.now()}); });
    service.budgets->refresh(database, clock.now());
    return cap.id;
  }
};

}  // namespace costd::test
