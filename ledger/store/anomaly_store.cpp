#include "ledger/store/anomaly_store.hpp"

#include <nlohmann/json.hpp>

#include "ledger/store/connection.hpp"
#include "ledger/store/database.hpp"

namespace costd {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* open_state = "OPEN";
constexpr const char* resolved_state = "RESOLVED";

constexpr const char* select_anomalies =
    "select id, tenant, model, class, first_day, last_day, current_usd, baseline_usd, impact_usd,"
    " alerted_usd, detected_at, resolved_at, state, rule, api_key, provider, severity, why,"
    " volume_usd, mix_usd, price_usd, contributors from anomaly"
    " where first_day < :to and last_day >= :from and (:any_rule = 1 or rule = :rule)"
    " and (:any_tenant = 1 or tenant = :tenant)"
    " order by first_day, tenant, model, api_key, provider, rule";

constexpr const char* insert_anomaly =
    "insert into anomaly(id, rule, tenant, api_key, model, provider, class, first_day, last_day,"
    " current_usd, baseline_usd, deviation_percent, impact_usd, alerted_usd, detected_at,"
    " resolved_at, state, severity, why, volume_usd, mix_usd, price_usd, contributors)"
    " values (:id, :rule, :tenant, :key, :model, :provider, :class, :first, :last,"
    " :current, :baseline, :deviation, :impact, :alerted, :detected, :resolved, :state,"
    " :severity, :why, :volume, :mix, :price, :contributors)";

constexpr const char* delete_anomalies =
    "delete from anomaly where first_day < :to and last_day >= :from and rule = :rule";

constexpr const char* select_first_open_day =
    "select coalesce(min(first_day), 0), count(*) from anomaly where state = :state";

std::string format_contributors(const std::vector<Contributor>& contributors) {
  Json list = Json::array();
  for (const Contributor& one : contributors) {
    list.push_back(
        {{"dimension", one.dimension}, {"value", one.value}, {"impact", format_exact(one.impact)}});
  }
  return list.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::vector<Contributor> parse_contributors(const std::string& text) {
  std::vector<Contributor> contributors;
  for (const Json& one : Json::parse(text)) {
    contributors.push_back({one.at("dimension").get<std::string>(),
                            one.at("value").get<std::string>(),
                            parse_money(one.at("impact").get<std::string>())});
  }
  return contributors;
}

AnomalyClass parse_class(const std::string& text) {
  for (const AnomalyClass kind :
       {AnomalyClass::drop, AnomalyClass::new_spend, AnomalyClass::level_shift}) {
    if (text == name_of(kind)) return kind;
  }
  return AnomalyClass::spike;
}

Money money_or_zero(const std::string& text) {
  return text.empty() ? Money{} : parse_money(text);
}

void insert(soci::session& sql, const StoredAnomaly& anomaly) {
  const AnomalyIncident& incident = anomaly.incident;
  const std::string rule = name_of(anomaly.rule);
  const std::string kind = name_of(incident.kind);
  const std::int64_t first = to_day_number(incident.first_day);
  const std::int64_t last = to_day_number(incident.last_day);
  const std::string current = format_exact(incident.current);
  const std::string baseline = format_exact(incident.baseline);
  const std::string deviation = incident.deviation_percent();
  const std::string impact = format_exact(incident.impact);
  const std::string alerted = anomaly.alerted ? format_exact(*anomaly.alerted) : "";
  const std::int64_t detected = to_micros(anomaly.detected_at);
  const std::int64_t resolved = to_micros(anomaly.resolved_at);
  const std::string state = anomaly.is_open() ? open_state : resolved_state;
  const ImpactParts& parts = anomaly.reasons.parts;
  const std::string volume = format_exact(parts.volume);
  const std::string mix = format_exact(parts.mix);
  const std::string price = format_exact(parts.price);
  const std::string contributors = format_contributors(anomaly.reasons.contributors);
  sql << insert_anomaly, soci::use(anomaly.id), soci::use(rule), soci::use(anomaly.tenant),
      soci::use(anomaly.api_key), soci::use(anomaly.model), soci::use(anomaly.provider),
      soci::use(kind), soci::use(first), soci::use(last), soci::use(current), soci::use(baseline),
      soci::use(deviation), soci::use(impact), soci::use(alerted), soci::use(detected),
      soci::use(resolved), soci::use(state), soci::use(anomaly.severity), soci::use(anomaly.why),
      soci::use(volume), soci::use(mix), soci::use(price), soci::use(contributors);
}

}  // namespace

void replace_anomalies(UnitOfWork& unit, const DayRange& range, AnomalyRuleName rule,
                       const std::vector<StoredAnomaly>& anomalies) {
  soci::session& sql = static_cast<Connection&>(unit).sql;
  const std::int64_t from = to_day_number(range.from);
  const std::int64_t to = to_day_number(range.to);
  const std::string name = name_of(rule);
  sql << delete_anomalies, soci::use(to), soci::use(from), soci::use(name);
  for (const StoredAnomaly& anomaly : anomalies) insert(sql, anomaly);
}

std::vector<StoredAnomaly> load_anomalies(Connection& connection, const DayRange& range,
                                          const std::string& tenant,
                                          std::optional<AnomalyRuleName> rule) {
  const std::int64_t from = to_day_number(range.from);
  const std::int64_t to = to_day_number(range.to);
  const std::string wanted = rule ? name_of(*rule) : "";
  const int any_rule = rule ? 0 : 1;
  const int any_tenant = tenant.empty() ? 1 : 0;
  StoredAnomaly row;
  std::string kind, current, baseline, impact, alerted, state, name, volume, mix, price, who;
  std::int64_t first = 0, last = 0, detected = 0, resolved = 0;
  soci::statement statement =
      (connection.sql.prepare << select_anomalies, soci::into(row.id), soci::into(row.tenant),
       soci::into(row.model), soci::into(kind), soci::into(first), soci::into(last),
       soci::into(current), soci::into(baseline), soci::into(impact), soci::into(alerted),
       soci::into(detected), soci::into(resolved), soci::into(state), soci::into(name),
       soci::into(row.api_key), soci::into(row.provider), soci::into(row.severity),
       soci::into(row.why), soci::into(volume), soci::into(mix), soci::into(price), soci::into(who),
       soci::use(to), soci::use(from), soci::use(any_rule), soci::use(wanted),
       soci::use(any_tenant), soci::use(tenant));
  std::vector<StoredAnomaly> anomalies;
  for_each_row(statement, [&] {
    AnomalyIncident& incident = row.incident;
    incident.kind = parse_class(kind);
    row.rule = name == name_of(AnomalyRuleName::robust) ? AnomalyRuleName::robust
                                                        : AnomalyRuleName::published;
    row.reasons = {{money_or_zero(volume), money_or_zero(mix), money_or_zero(price)},
                   parse_contributors(who)};
    incident.first_day = from_day_number(static_cast<int>(first));
    incident.last_day = from_day_number(static_cast<int>(last));
    incident.current = parse_money(current);
    incident.baseline = parse_money(baseline);
    incident.impact = impact.empty() ? incident.current - incident.baseline : parse_money(impact);
    row.alerted = alerted.empty() ? std::nullopt : std::optional(parse_money(alerted));
    row.detected_at = from_micros(detected);
    row.resolved_at = from_micros(resolved);
    // An older costd did not keep when: then it is as old as the anomaly.
    if (row.is_open() && state == resolved_state) row.resolved_at = row.detected_at;
    anomalies.push_back(row);
  });
  return anomalies;
}

std::optional<Day> first_open_day(Connection& connection) {
  const std::string state = open_state;
  std::int64_t first = 0, count = 0;
  connection.sql << select_first_open_day, soci::into(first), soci::into(count), soci::use(state);
  if (count == 0) return std::nullopt;
  return from_day_number(static_cast<int>(first));
}

}  // namespace costd
