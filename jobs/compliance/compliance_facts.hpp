#pragma once
// Everything that the compliance reports of a run say, but for what the gateway's log says: read
// once from one snapshot, for all scopes of the run.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ledger/audit_event.hpp"
#include "ledger/billing_zones.hpp"
#include "ledger/chain_findings.hpp"
#include "ledger/evidence_record.hpp"
#include "ledger/store/clock_store.hpp"
#include "ledger/store/compliance_queries.hpp"
#include "ledger/store/cost_summary.hpp"
#include "ledger/store/file_ledger.hpp"
#include "ledger/store/period_store.hpp"
#include "ledger/store/token_store.hpp"
#include "ledger/tenant.hpp"

namespace costd {

class Connection;

/// The name that costd's own chain is pinned and shown under.
inline constexpr const char* own_chain_name = "costd";

struct ComplianceFacts {
  ComplianceFacts(std::string installation, BillingZones billing_zones)
      : install_id(std::move(installation)), zones(std::move(billing_zones)) {}

  std::string install_id;
  int schema = 0;
  std::string tzdata;
  std::string prices_sha256;  ///< of the live entries as text
  std::size_t live_prices = 0;
  std::optional<ClockHold> clock_hold;

  ChainReport own_chain;
  std::vector<AuditEvent> own_events;  ///< of the period, in any of the zones, and a day around it
  std::vector<StoredPin> pins;

  BillingZones zones;
  std::vector<Tenant> tenants;
  std::vector<EvidenceRecord> evidence;
  std::vector<CostGroup> usage;                ///< of the period's days, by tenant and provider
  std::map<std::string, IngestTotals> ingest;  ///< of the period's days, by tenant; "" = all
  std::int64_t undated_lines = 0;
  std::vector<RunTally> runs;
  std::vector<AlertDelivery> alerts;
  std::vector<CapVersion> caps;
  std::vector<AccessToken> tokens;
  std::vector<HeldData> held;
  std::vector<ClosedPeriod> closed;
  std::map<std::string, Instant> source_progress;
};

/// Verifies costd's own chain on the way, against the newest pin of an earlier report.
ComplianceFacts load_compliance_facts(Connection& connection, const std::string& install_id,
                                      const DayRange& period);

/// The newest pin of the chain; nothing before the first report.
const StoredPin* pin_of(const ComplianceFacts& facts, const std::string& chain);
/// As anchors, by the name of the chain.
std::map<std::string, ChainAnchor> anchors_of(const std::vector<StoredPin>& pins);

}  // namespace costd
