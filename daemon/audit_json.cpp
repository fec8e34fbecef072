#include "daemon/audit_json.hpp"

#include <algorithm>

namespace costd {
namespace {

using nlohmann::ordered_json;

template <typename Value>
ordered_json or_null(const std::optional<Value>& value) {
  return value ? ordered_json(*value) : ordered_json(nullptr);
}
ordered_json or_null(const std::optional<Instant>& instant) {
  return instant ? ordered_json(format_instant(*instant)) : ordered_json(nullptr);
}

ordered_json findings_json(const std::vector<ChainFinding>& findings, const std::string& chain) {
  ordered_json list = ordered_json::array();
  for (const ChainFinding& finding : findings) {
    ordered_json json{{"kind", name_of(finding.fault)},
                      {"line", finding.line},
                      {"seq", or_null(finding.seq)},
                      {"eventId", finding.event_id},
                      {"what", finding.what}};
    if (!chain.empty()) json["chain"] = chain;
    list.push_back(std::move(json));
  }
  return list;
}

ordered_json chain_json(const std::string& name, const ChainReport& report) {
  return {{"chain", name},
          {"result", name_of(report.result)},
          {"events", report.events},
          {"firstSeq", or_null(report.first_seq)},
          {"lastSeq", or_null(report.last_seq)},
          {"firstAt", or_null(report.first_at)},
          {"lastAt", or_null(report.last_at)},
          {"head", report.head},
          {"anchor", report.head.empty() ? "" : std::to_string(report.events) + ":" + report.head},
          {"unanchoredEvents", report.unanchored}};
}

/// What only costd's own chain has.
void add_checkpoints(ordered_json& json, const ChainReport& report) {
  if (!report.checkpoints) return;
  json["checkpoints"] = *report.checkpoints;
  json["keyId"] = report.key_id;
}

ChainReport::Result worst_of(const std::map<std::string, ChainReport>& reports) {
  const auto has = [&](ChainReport::Result result) {
    return std::ranges::any_of(reports,
                               [&](const auto& each) { return each.second.result == result; });
  };
  if (has(ChainReport::Result::fail)) return ChainReport::Result::fail;
  return has(ChainReport::Result::incomplete) ? ChainReport::Result::incomplete
                                              : ChainReport::Result::pass;
}

}  // namespace

ordered_json verification_json(const std::string& kind,
                               const std::map<std::string, ChainReport>& reports) {
  const auto& [first, of_first] = *reports.begin();
  ordered_json json = chain_json(kind, of_first);
  json["result"] = name_of(worst_of(reports));
  ordered_json findings = ordered_json::array();
  std::int64_t events = 0;
  for (const auto& [name, report] : reports) {
    events += report.events;
    for (auto& finding : findings_json(report.findings, name)) findings.push_back(finding);
  }
  json["events"] = events;
  add_checkpoints(json, of_first);
  json["findings"] = std::move(findings);
  json["unprotected"] = of_first.unprotected;
  if (reports.size() == 1) return json;
  for (const char* member : {"firstSeq", "lastSeq", "head", "anchor"}) json.erase(member);
  ordered_json chains = ordered_json::array();
  for (const auto& [name, report] : reports) chains.push_back(chain_json(name, report));
  json["chains"] = std::move(chains);
  return json;
}

}  // namespace costd
