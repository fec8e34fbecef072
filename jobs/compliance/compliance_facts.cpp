#include "jobs/compliance/compliance_facts.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "ledger/sha256.hpp"
#include "ledger/store/audit_store.hpp"
#include "ledger/store/checkpoint_store.hpp"
#include "ledger/store/evidence_store.hpp"
#include "ledger/store/migrations.hpp"
#include "ledger/store/price_store.hpp"
#include "ledger/store/tenant_store.hpp"

namespace costd {
namespace {

constexpr std::int64_t events_at_once = 10'000;

/// The period in the widest of all zones.
InstantRange around(const DayRange& period) {
  InstantRange range = instants_of(period, Zone::utc());
  range.from -= std::chrono::days(1);
  range.to += std::chrono::days(1);
  return range;
}

void read_own_chain(Connection& connection, const InstantRange& range, ComplianceFacts& facts) {
  std::int64_t after = 0;
  for (;;) {
    const auto events = load_audit_events(connection, after, events_at_once);
    if (events.empty()) break;
    for (const AuditEvent& event : events) {
      if (range.from <= event.at && event.at < range.to) facts.own_events.push_back(event);
    }
    after = events.back().seq;
  }
  const StoredPin* const pin = pin_of(facts, own_chain_name);
  facts.own_chain = load_own_chain(connection, facts.install_id)
                        .judge(pin == nullptr ? std::nullopt
                                              : std::optional(ChainAnchor{pin->events, pin->head}));
}

void read_prices(Connection& connection, ComplianceFacts& facts) {
  std::string text;
  for (const PriceEntry& entry : load_prices(connection)) {
    const auto number = [](const std::optional<std::int64_t>& value) {
      return value ? std::to_string(*value) : "";
    };
    text += fmt::format("{} {} {} {} {} {}\n", identity_of(entry), number(entry.rates.input),
                        number(entry.rates.output), number(entry.rates.cache_read),
                        number(entry.rates.cache_write), number(entry.rates.cache_write_1h));
    if (entry.long_context) {
      text += fmt::format("above {} {} {}\n", entry.long_context->above,
                          number(entry.long_context->rates.input),
                          number(entry.long_context->rates.output));
    }
    ++facts.live_prices;
  }
  facts.prices_sha256 = sha256_hex(text);
}

void read_ingest(Connection& connection, const DayRange& period, ComplianceFacts& facts) {
  facts.ingest[""] = load_ingest_totals(connection, period, "");
  const auto note = [&](const std::string& tenant) {
    if (!facts.ingest.contains(tenant)) {
      facts.ingest[tenant] = load_ingest_totals(connection, period, tenant);
    }
  };
  for (const Tenant& tenant : facts.tenants) note(tenant.id);
  for (const CostGroup& group : facts.usage) note(group.tenant);
  facts.undated_lines = count_undated_lines(connection);
}

}  // namespace

const StoredPin* pin_of(const ComplianceFacts& facts, const std::string& chain) {
  const auto found = std::ranges::find(facts.pins, chain, &StoredPin::chain);
  return found == facts.pins.end() ? nullptr : &*found;
}

std::map<std::string, ChainAnchor> anchors_of(const std::vector<StoredPin>& pins) {
  std::map<std::string, ChainAnchor> anchors;
  for (const StoredPin& pin : pins) anchors[pin.chain] = {pin.events, pin.head};
  return anchors;
}

ComplianceFacts load_compliance_facts(Connection& connection, const std::string& install_id,
                                      const DayRange& period) {
  const InstantRange range = around(period);
  ComplianceFacts facts(install_id, load_billing_zones(connection));
  facts.schema = schema_version(connection);
  facts.tzdata = time_zone_version();
  read_prices(connection, facts);
  facts.clock_hold = find_clock_hold(connection);
  facts.pins = load_newest_pins(connection);
  read_own_chain(connection, range, facts);
  facts.tenants = load_tenants(connection);
  facts.evidence = load_evidence(connection, "");
  CostFilter filter;
  filter.from = period.from;
  filter.to = period.to;
  facts.usage = summarize_costs(connection, filter, by_tenant | by_provider);
  read_ingest(connection, period, facts);
  facts.runs = load_run_tallies(connection, range.from, range.to);
  facts.alerts = load_alert_deliveries(connection, range.from, range.to);
  facts.caps = load_cap_versions(connection, range.to);
  facts.tokens = load_tokens(connection);
  facts.held = load_held_data(connection);
  facts.closed = load_closed_period_records(connection);
  facts.source_progress = load_source_progress(connection);
  return facts;
}

}  // namespace costd
