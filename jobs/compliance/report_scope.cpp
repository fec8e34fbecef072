#include "jobs/compliance/report_scope.hpp"

#include <algorithm>

namespace costd {

std::vector<std::pair<std::string, const ChainReport*>> ReportScope::chains() const {
  std::vector<std::pair<std::string, const ChainReport*>> all;
  for (const VerifiedLog& log : logs) {
    for (const auto& [name, report] : log.chains) all.emplace_back(name, &report);
  }
  all.emplace_back(own_chain_name, &facts.own_chain);
  return all;
}

std::vector<EvidenceRecord> ReportScope::evidence(const std::string& kind) const {
  std::vector<EvidenceRecord> records;
  for (const EvidenceRecord& record : facts.evidence) {
    if (record.kind == kind && (record.tenant.empty() || covers(record.tenant))) {
      records.push_back(record);
    }
  }
  return records;
}

EvidenceRecord ReportScope::site() const {
  const auto records = evidence("organization");
  return records.empty() ? EvidenceRecord{} : records.back();
}

std::vector<AuditEvent> ReportScope::own_events(
    const std::function<bool(const AuditEvent&)>& wanted) const {
  std::vector<AuditEvent> events;
  for (const AuditEvent& event : facts.own_events) {
    if (is_in_period(event.at) && covers(event.tenant) && wanted(event)) events.push_back(event);
  }
  return events;
}

std::string ReportScope::local_time(const std::optional<Instant>& at) const {
  if (!at) return "";
  std::string text = format_local_minute(zone.local(*at));
  std::ranges::replace(text, 'T', ' ');
  return text;
}

std::string ReportScope::tenant_name(const std::string& id) const {
  if (id.empty()) return "(platform)";
  const auto found = std::ranges::find(facts.tenants, id, &Tenant::id);
  return found == facts.tenants.end() || found->name.empty() ? id : found->name;
}

std::string ReportScope::stated_time(const EvidenceRecord& record, const std::string& field) const {
  const std::string value = record.get(field);
  return parse_day(value) ? value : local_time(parse_instant(value));
}

std::optional<Instant> time_of(const EvidenceRecord& record, const std::string& field) {
  const std::string value = record.get(field);
  if (const auto day = parse_day(value)) return Zone::utc().start_of(*day);
  return parse_instant(value);
}

std::string day_label(Day day, const DayRange& period) {
  constexpr int labels_max = 9;
  const int every = period.days() / labels_max + 1;
  if ((day - period.from).count() % every != 0) return "";
  const std::string text = describe(day);  // "Mon 5 Oct"
  return text.substr(text.find(' ') + 1);
}

std::string short_hash(const std::string& hash) {
  constexpr std::size_t shown_digits = 16;
  return hash.size() > shown_digits ? hash.substr(0, shown_digits) + "…" : hash;
}

std::string chains_result(const ReportScope& scope) {
  const auto has = [&](ChainReport::Result result) {
    return std::ranges::any_of(scope.chains(),
                               [&](const auto& chain) { return chain.second->result == result; });
  };
  if (has(ChainReport::Result::fail)) return "FAIL";
  // Without a gateway's log the evidence has a hole, however whole costd's own chain is.
  return has(ChainReport::Result::incomplete) || scope.logs.empty() ? "INCOMPLETE" : "PASS";
}

}  // namespace costd
