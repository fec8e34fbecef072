// What a monitoring system asks for: counts and states as Prometheus reads them.

#include <array>

#include "daemon/json_views.hpp"
#include "daemon/prometheus_text.hpp"
#include "ledger/store/audit_store.hpp"
#include "ledger/store/file_ledger.hpp"
#include "ledger/store/metrics_store.hpp"

namespace costd {
namespace {

using Type = PrometheusText::Type;

/// A slot whose run waits for its turn is not late yet.
constexpr std::chrono::minutes late_after{1};

void add_process(PrometheusText& text, const Service& service) {
  text.begin("costd_build_info", Type::gauge, "Which costd this is; always 1.");
  text.add({{"version", COSTD_VERSION}, {"tzdata", service.tzdata}}, 1);
  text.begin("costd_start_time_seconds", Type::gauge, "When it was started, in Unix time.");
  text.add_seconds({}, std::chrono::microseconds(to_micros(service.started_at)));
}

void add_runs(PrometheusText& text, Connection& connection, Instant now) {
  text.begin("costd_runs", Type::gauge, "Runs on record by job and state.");
  for (const auto& [key, count] : count_runs_by_job(connection)) {
    text.add({{"job", key.first}, {"state", key.second}}, count);
  }
  const LateSlots late = find_late_slots(connection, now - late_after);
  text.begin("costd_slots_late", Type::gauge,
             "Slots that were due over a minute ago and have not begun.");
  text.add({}, late.count);
  text.begin("costd_slots_late_seconds", Type::gauge, "How late the oldest of them is.");
  text.add_seconds({}, late.count == 0 ? std::chrono::microseconds(0) : now - late.oldest);
}

void add_ingest(PrometheusText& text, Connection& connection) {
  const IngestTotals taken = load_all_ingest_totals(connection);
  text.begin("costd_ingest_records_total", Type::counter,
             "Usage records taken in; its rate is the rate of the ingest.");
  text.add({}, taken.accepted);
  text.begin("costd_ingest_duplicates_total", Type::counter, "Records that were there already.");
  text.add({}, taken.duplicates);
  text.begin("costd_ingest_quarantined_total", Type::counter, "Lines and files refused.");
  text.add({}, taken.quarantined);
  text.begin("costd_unpriced_requests", Type::gauge, "Requests that have no price.");
  text.add({}, summarize_all_costs(connection, {}).usage.unpriced_requests);
}

void add_outbox(PrometheusText& text, Connection& connection) {
  text.begin("costd_outbox_messages", Type::gauge, "Mails and webhook messages by state.");
  for (const auto& [state, count] : count_outbox_states(connection)) {
    text.add({{"state", state}}, count);
  }
}

void add_budgets(PrometheusText& text, const Service& service) {
  std::array<std::int64_t, 3> counts{};
  const auto page = service.budgets->current();
  for (const BudgetStanding& standing : page->all()) {
    if (standing.cap.enabled) ++counts.at(static_cast<std::size_t>(standing.status.colour));
  }
  text.begin("costd_budgets", Type::gauge, "Enabled budget caps by colour.");
  for (const BudgetColour colour : {BudgetColour::green, BudgetColour::amber, BudgetColour::red}) {
    text.add({{"colour", name_of(colour)}}, counts.at(static_cast<std::size_t>(colour)));
  }
}

void add_audit(PrometheusText& text, const Service& service, Connection& connection) {
  text.begin("costd_audit_events_total", Type::counter, "Events of costd's own audit chain.");
  text.add({}, load_audit_head(connection).count);
  text.begin("costd_failed_access_total", Type::counter,
             "Requests of strangers since the start, by reason.");
  for (const auto& [reason, count] : service.failed_access.counts()) {
    text.add({{"reason", reason}}, count);
  }
}

void add_http(PrometheusText& text, const Service& service) {
  text.begin("costd_http_request_duration_seconds", Type::histogram,
             "Requests by method, path of the route and code; no route where it was not found.");
  for (const auto& [key, series] : service.http_metrics.all()) {
    const auto& [method, route, code] = key;
    const PrometheusText::Labels labels{
        {"method", method}, {"route", route}, {"code", std::to_string(code)}};
    const auto add_bucket = [&](const std::string& bound, std::int64_t count) {
      PrometheusText::Labels with_bound = labels;
      with_bound.emplace_back("le", bound);
      text.add(with_bound, count, "_bucket");
    };
    for (std::size_t n = 0; n < HttpMetrics::bounds.size(); ++n) {
      add_bucket(seconds_text(HttpMetrics::bounds.at(n)), series.at_most.at(n));
    }
    add_bucket("+Inf", series.count);
    text.add_seconds(labels, series.sum, "_sum");
    text.add(labels, series.count, "_count");
  }
}

HttpResponse show_metrics(Service& service, const RouteCall&) {
  PrometheusText text;
  add_process(text, service);
  const Snapshot snapshot = service.database.snapshot();
  add_runs(text, snapshot, service.clock.now());
  add_ingest(text, snapshot);
  add_outbox(text, snapshot);
  add_budgets(text, service);
  add_audit(text, service, snapshot);
  add_http(text, service);
  HttpResponse response;
  response.content_type = prometheus_content_type;
  response.body = text.text();
  return response;
}

}  // namespace

std::vector<Route> metrics_routes() {
  return {
      {"GET", "/metrics", Role::viewer, show_metrics, "figures for Prometheus"},
  };
}

}  // namespace costd
