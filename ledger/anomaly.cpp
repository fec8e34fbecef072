#include "ledger/anomaly.hpp"

#include "ledger/error.hpp"

namespace costd {
namespace {

constexpr MilliPercent threshold_max = 100'000'000;

}  // namespace

const char* name_of(AnomalyRuleName rule) {
  return rule == AnomalyRuleName::published ? "PUBLISHED" : "ROBUST";
}

const char* name_of(AnomalyClass kind) {
  switch (kind) {
    case AnomalyClass::spike:
      return "SPIKE";
    case AnomalyClass::drop:
      return "DROP";
    case AnomalyClass::new_spend:
      return "NEW_SPEND";
    case AnomalyClass::level_shift:
      return "LEVEL_SHIFT";
  }
  return "";
}

MilliPercent parse_threshold(const std::string& text) {
  const std::string remedy = "anomaly threshold \"" + text +
                             "\": write a percentage above 0 with at most 3 decimals, like 50";
  const auto point = text.find('.');
  const std::string decimals = point == std::string::npos ? "" : text.substr(point + 1);
  if (text.size() > 12 || decimals.size() > 3) throw Error(ErrorCode::config, remedy);
  Money percent;
  try {
    percent = parse_money(text);
  } catch (const Error&) {
    throw Error(ErrorCode::config, remedy);
  }
  const auto threshold = static_cast<MilliPercent>(percent.picos() / (picos_per_usd / 1000));
  if (threshold <= 0 || threshold > threshold_max) throw Error(ErrorCode::config, remedy);
  return threshold;
}

std::string AnomalyFinding::deviation_percent() const {
  return baseline.is_zero() ? "" : format_percent(impact(), baseline, 1);
}

std::string AnomalyIncident::deviation_percent() const {
  return AnomalyFinding{kind, last_day, current, baseline}.deviation_percent();
}

std::vector<AnomalyIncident> group_incidents(std::span<const AnomalyFinding> findings) {
  std::vector<AnomalyIncident> incidents;
  for (const AnomalyFinding& finding : findings) {
    const bool goes_on =
        !incidents.empty() && finding.day - incidents.back().last_day == std::chrono::days(1);
    if (!goes_on) {
      incidents.push_back(
          {finding.kind, finding.day, finding.day, finding.current, finding.baseline, Money{}});
    }
    AnomalyIncident& incident = incidents.back();
    incident.last_day = finding.day;
    incident.current = finding.current;
    incident.impact += finding.current - incident.baseline;
  }
  return incidents;
}

std::string severity_of(const AnomalyIncident& incident, Money impact_min) {
  const Money least = impact_min.is_zero() ? Money::from_usd(10) : impact_min;
  const auto size = [](Money amount) { return amount.is_negative() ? -amount : amount; };
  const Money impact = size(incident.impact);
  const bool is_large = size(incident.current - incident.baseline) * 2 > incident.baseline;
  if (impact >= least * 100 && is_large) return "CRITICAL";
  if (impact >= least * 25 && is_large) return "HIGH";
  return impact >= least * 5 ? "MEDIUM" : "LOW";
}

std::optional<AnomalyFinding> judge_day(const DailySeries& series, Day day, Day known_since,
                                        const AnomalyRule& rule) {
  using std::chrono::days;
  if (day - known_since < days(baseline_days)) return std::nullopt;
  AnomalyFinding finding;
  finding.day = day;
  finding.current = series.on(day);
  const Money before = series.sum({day - days(baseline_days), day});
  finding.baseline = scale(before, 1, baseline_days);
  if (finding.current.is_zero() || finding.impact() < rule.impact_min) return std::nullopt;
  if (before.is_zero()) {
    finding.kind = AnomalyClass::new_spend;
    return finding;
  }
  // (current - before/7) / (before/7) > threshold, without dividing.
  const int128 excess = (finding.current * baseline_days - before).picos();
  if (excess * 100'000 <= before.picos() * rule.threshold) return std::nullopt;
  return finding;
}

}  // namespace costd
