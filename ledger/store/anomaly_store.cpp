#include "ledger/store/anomaly_store.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "ledger/store/connection.hpp"
#include "ledger/store/database.hpp"

namespace costd {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* open_state = "OPEN";
constexpr const char* resolved_state = "RESOLVED";

// An incident of all models or providers is one of each of them.
constexpr const char* from_wanted =
    " from anomaly where first_day < :to and last_day >= :from"
    " and (:any_rule = 1 or rule = :rule) and (:any_tenant = 1 or tenant = :tenant)"
    " and (:any_model = 1 or model in ('', :model))"
    " and (:any_provider = 1 or provider in ('', :provider))";

constexpr const char* select_newest =
    "select id, tenant, model, class, first_day, last_day, current_usd, baseline_usd, impact_usd,"
    " alerted_usd, detected_at, resolved_at, state, rule, api_key, provider, severity, why,"
    " volume_usd, mix_usd, price_usd, contributors";
constexpr const char* newest_first =
    " order by first_day desc, tenant desc, model desc, api_key desc, provider desc, rule desc"
    " limit :most";

constexpr const char* select_spans =
    "select first_day, last_day, count(*), sum(case when state = 'OPEN' then 1 else 0 end)";
constexpr const char* by_span = " group by first_day, last_day order by first_day, last_day";

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

/// The filter as the statements above take it.
struct Wanted {
  Wanted(const AnomalyFilter& filter, std::optional<AnomalyRuleName> the_rule)
      : from(to_day_number(filter.range.from)),
        to(to_day_number(filter.range.to)),
        rule(the_rule ? name_of(*the_rule) : ""),
        tenant(filter.tenant),
        model(filter.model),
        provider(filter.provider) {}

  std::int64_t from;
  std::int64_t to;
  std::string rule;
  std::string tenant;
  std::string model;
  std::string provider;
  int any_rule = rule.empty() ? 1 : 0;
  int any_tenant = tenant.empty() ? 1 : 0;
  int any_model = model.empty() ? 1 : 0;
  int any_provider = provider.empty() ? 1 : 0;
};

constexpr std::int64_t no_limit = -1;

std::vector<StoredAnomaly> load_newest(Connection& connection, const Wanted& wanted,
                                       std::int64_t most) {
  const std::string text = std::string(select_newest) + from_wanted + newest_first;
  StoredAnomaly row;
  std::string kind, current, baseline, impact, alerted, state, name, volume, mix, price, who;
  std::int64_t first = 0, last = 0, detected = 0, resolved = 0;
  soci::statement statement =
      (connection.sql.prepare << text, soci::into(row.id), soci::into(row.tenant),
       soci::into(row.model), soci::into(kind), soci::into(first), soci::into(last),
       soci::into(current), soci::into(baseline), soci::into(impact), soci::into(alerted),
       soci::into(detected), soci::into(resolved), soci::into(state), soci::into(name),
       soci::into(row.api_key), soci::into(row.provider), soci::into(row.severity),
       soci::into(row.why), soci::into(volume), soci::into(mix), soci::into(price), soci::into(who),
       soci::use(wanted.to), soci::use(wanted.from), soci::use(wanted.any_rule),
       soci::use(wanted.rule), soci::use(wanted.any_tenant), soci::use(wanted.tenant),
       soci::use(wanted.any_model), soci::use(wanted.model), soci::use(wanted.any_provider),
       soci::use(wanted.provider), soci::use(most));
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
  auto anomalies = load_newest(connection, {{range, tenant}, rule}, no_limit);
  std::ranges::reverse(anomalies);
  return anomalies;
}

AnomalyDigest load_anomaly_digest(Connection& connection, const AnomalyFilter& filter,
                                  std::int64_t newest_max) {
  const Wanted wanted(filter, std::nullopt);
  const std::string text = std::string(select_spans) + from_wanted + by_span;
  AnomalyDigest digest;
  std::int64_t first = 0, last = 0, count = 0, open = 0;
  soci::statement statement =
      (connection.sql.prepare << text, soci::into(first), soci::into(last), soci::into(count),
       soci::into(open), soci::use(wanted.to), soci::use(wanted.from), soci::use(wanted.any_rule),
       soci::use(wanted.rule), soci::use(wanted.any_tenant), soci::use(wanted.tenant),
       soci::use(wanted.any_model), soci::use(wanted.model), soci::use(wanted.any_provider),
       soci::use(wanted.provider));
  for_each_row(statement, [&] {
    digest.count += count;
    digest.open += open;
    digest.spans.push_back({from_day_number(static_cast<int>(first)),
                            from_day_number(static_cast<int>(last)) + std::chrono::days(1)});
  });
  digest.newest = load_newest(connection, wanted, newest_max);
  return digest;
}

std::optional<Day> first_open_day(Connection& connection) {
  const std::string state = open_state;
  std::int64_t first = 0, count = 0;
  connection.sql << select_first_open_day, soci::into(first), soci::into(count), soci::use(state);
  if (count == 0) return std::nullopt;
  return from_day_number(static_cast<int>(first));
}

}  // namespace costd
