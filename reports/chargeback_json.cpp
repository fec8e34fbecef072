#include <nlohmann/json.hpp>

#include "ledger/anomaly.hpp"
#include "ledger/audit_event.hpp"
#include "ledger/error.hpp"
#include "ledger/sha256.hpp"
#include "reports/chargeback_model.hpp"

// Each struct has one list of its fields, read by both directions, so that neither can forget one.

namespace costd {
namespace {

using nlohmann::json;

json encode(const std::string& value) {
  return value;
}
json encode(std::int64_t value) {
  return value;
}
json encode(int value) {
  return value;
}
json encode(bool value) {
  return value;
}
json encode(Money value) {
  return format_exact(value);
}
json encode(Cents value) {
  return value.value;
}
json encode(Day value) {
  return format_day(value);
}
json encode(Instant value) {
  return format_instant(value);
}
json encode(Trend value) {
  return name_of(value);
}
json encode(StatementStatus value) {
  return name_of(value);
}

[[noreturn]] void refuse(const std::string& what) {
  throw Error(ErrorCode::data,
              "stored chargeback model: " + what + "; generate the report again from the ledger");
}

template <class T>
T present(const std::optional<T>& value, const json& from) {
  if (!value) refuse("cannot read " + from.dump());
  return *value;
}

void decode(const json& from, std::string& to) {
  to = from.get<std::string>();
}
void decode(const json& from, std::int64_t& to) {
  to = from.get<std::int64_t>();
}
void decode(const json& from, int& to) {
  to = from.get<int>();
}
void decode(const json& from, bool& to) {
  to = from.get<bool>();
}
void decode(const json& from, Money& to) {
  to = parse_money(from.get<std::string>());
}
void decode(const json& from, Cents& to) {
  to.value = from.get<std::int64_t>();
}
void decode(const json& from, Day& to) {
  to = present(parse_day(from.get<std::string>()), from);
}
void decode(const json& from, Instant& to) {
  to = present(parse_instant(from.get<std::string>()), from);
}

template <class Enum>
void decode_name(const json& from, Enum& to, std::initializer_list<Enum> all) {
  for (const Enum candidate : all) {
    if (from == name_of(candidate)) {
      to = candidate;
      return;
    }
  }
  refuse("unknown word " + from.dump());
}

void decode(const json& from, Trend& to) {
  decode_name(from, to, {Trend::increasing, Trend::decreasing, Trend::stable});
}
void decode(const json& from, StatementStatus& to) {
  decode_name(from, to, {StatementStatus::preliminary, StatementStatus::final});
}

/// A struct is what has a list of fields below.
template <class T>
concept Struct = requires(T& value) {
  fields(value, [](const char*, auto&) {});
};

template <Struct T>
json encode(const T& value);
template <Struct T>
void decode(const json& from, T& to);
template <class T>
json encode(const std::vector<T>& values);
template <class T>
void decode(const json& from, std::vector<T>& to);
template <class T>
json encode(const std::optional<T>& value);
template <class T>
void decode(const json& from, std::optional<T>& to);

template <class T, class Owner>
concept Either = std::same_as<std::remove_const_t<T>, Owner>;

void fields(Either<UsageTotals> auto& u, auto visit) {
  visit("requests", u.requests);
  visit("inputTokens", u.input_tokens);
  visit("outputTokens", u.output_tokens);
  visit("cachedInputTokens", u.cached_input_tokens);
  visit("cacheWriteTokens", u.cache_write_tokens);
  visit("reasoningTokens", u.reasoning_tokens);
  visit("estimatedRequests", u.estimated_requests);
  visit("cacheHits", u.cache_hits);
  visit("unpricedRequests", u.unpriced_requests);
  visit("outOfRangeRequests", u.out_of_range_requests);
}

void fields(Either<CostLine> auto& line, auto visit) {
  visit("tenantId", line.tenant);
  visit("key", line.key);
  visit("name", line.name);
  visit("provider", line.provider);
  visit("usage", line.usage);
  visit("inputCost", line.input_cost);
  visit("outputCost", line.output_cost);
  visit("totalCost", line.total_cost);
  visit("anomalous", line.anomalous);
}

void fields(Either<ForecastLine> auto& line, auto visit) {
  visit("tenantId", line.tenant);
  visit("model", line.model);
  visit("provider", line.provider);
  visit("asOf", line.as_of);
  visit("monthToDate", line.month_to_date);
  visit("dailyRate", line.daily_rate);
  visit("projectedMonthEnd", line.projected_month_end);
  visit("trend", line.trend);
  visit("lowConfidence", line.low_confidence);
  visit("estimate", line.estimate);
}

void fields(Either<MonthEndEstimate> auto& estimate, auto visit) {
  visit("projectedMonthEnd", estimate.projected_month_end);
  visit("low80", estimate.low80);
  visit("high80", estimate.high80);
  visit("low95", estimate.low95);
  visit("high95", estimate.high95);
  visit("method", estimate.method);
  visit("maseHundredths", estimate.mase_hundredths);
  visit("errorPermille7", estimate.error_permille_7);
  visit("errorPermille14", estimate.error_permille_14);
  visit("errorPermille21", estimate.error_permille_21);
  visit("heldPermille", estimate.held_permille);
  visit("confidence", estimate.confidence);
  visit("confidenceReason", estimate.reason);
}

void fields(Either<ForecastPoint> auto& point, auto visit) {
  visit("day", point.day);
  visit("known", point.known);
  visit("total", point.total);
  visit("low80", point.low80);
  visit("high80", point.high80);
  visit("low95", point.low95);
  visit("high95", point.high95);
}

void fields(Either<AnomalyLine> auto& line, auto visit) {
  visit("id", line.id);
  visit("tenantId", line.tenant);
  visit("tenantName", line.tenant_name);
  visit("model", line.model);
  visit("class", line.kind);
  visit("day", line.day);
  visit("currentDailyRate", line.current_daily_rate);
  visit("baseline", line.baseline);
  visit("deviationPct", line.deviation_percent);
  visit("impact", line.impact);
  visit("detectedAt", line.detected_at);
  visit("open", line.open);
  visit("lastDay", line.last_day);
  visit("rule", line.rule);
  visit("severity", line.severity);
  visit("why", line.why);
}

void fields(Either<Correction> auto& correction, auto visit) {
  visit("line", correction.line);
  visit("tenantName", correction.tenant_name);
  visit("model", correction.model);
  visit("day", correction.day);
  visit("closedMonth", correction.closed_month);
}

void fields(Either<Superseded> auto& superseded, auto visit) {
  visit("revision", superseded.revision);
  visit("sha256", superseded.sha256);
}

void fields(Either<TieOut> auto& tie, auto visit) {
  visit("recordsIn", tie.records_in);
  visit("accepted", tie.accepted);
  visit("duplicates", tie.duplicates);
  visit("quarantined", tie.quarantined);
  visit("undated", tie.undated);
  visit("priced", tie.priced);
  visit("cacheHits", tie.cache_hits);
  visit("unpriced", tie.unpriced);
  visit("outOfRange", tie.out_of_range);
  visit("corrections", tie.corrections);
  visit("correctionSum", tie.correction_sum);
  visit("tenantSum", tie.tenant_sum);
  visit("apiKeySum", tie.api_key_sum);
  visit("modelSum", tie.model_sum);
  visit("providerSum", tie.provider_sum);
  visit("daySum", tie.day_sum);
  visit("difference", tie.difference);
}

void fields(Either<UnpricedModel> auto& line, auto visit) {
  visit("model", line.model);
  visit("provider", line.provider);
  visit("requests", line.requests);
  visit("inputTokens", line.input_tokens);
  visit("outputTokens", line.output_tokens);
}

void fields(Either<BudgetUse> auto& budget, auto visit) {
  visit("name", budget.name);
  visit("limit", budget.limit);
  visit("spent", budget.spent);
  visit("softLimitPercent", budget.soft_limit_percent);
}

void fields(Either<ChainHead> auto& chain, auto visit) {
  visit("events", chain.events);
  visit("head", chain.head);
}

void fields(Either<DayRange> auto& range, auto visit) {
  visit("from", range.from);
  visit("to", range.to);
}

void fields(Either<ChargebackModel> auto& model, auto visit) {
  visit("reportId", model.report_id);
  visit("tenantId", model.tenant);
  visit("tenantName", model.tenant_name);
  visit("period", model.period);
  visit("periodName", model.period_name);
  visit("periodWindow", model.period_window);
  visit("timeZone", model.time_zone);
  visit("periodNote", model.period_note);
  visit("status", model.status);
  visit("revision", model.revision);
  visit("supersedes", model.supersedes);
  visit("generatedAt", model.generated_at);
  visit("generatedBy", model.generated_by);
  visit("currency", model.currency);
  visit("usage", model.usage);
  visit("total", model.total);
  visit("statementTotalCents", model.statement_total);
  visit("previousTotalCents", model.previous_total);
  visit("previousName", model.previous_name);
  visit("budget", model.budget);
  visit("forecast", model.forecast);
  visit("forecastName", model.forecast_name);
  visit("tenants", model.tenants);
  visit("apiKeys", model.api_keys);
  visit("models", model.models);
  visit("providers", model.providers);
  visit("days", model.days);
  visit("forecasts", model.forecasts);
  visit("forecastPoints", model.forecast_points);
  visit("anomalies", model.anomalies);
  visit("corrections", model.corrections);
  visit("unpricedModels", model.unpriced_models);
  visit("tieOut", model.tie_out);
  visit("auditChain", model.audit_chain);
}

/// Members that models of an older costd do not have. They are left out where they hold nothing, so
/// that such a model is the same text, and has the same hash, as ever.
template <class T>
constexpr bool is_newer =
    std::same_as<T, std::optional<MonthEndEstimate>> ||
    std::same_as<T, std::vector<ForecastPoint>> || std::same_as<T, std::optional<ChainHead>>;

template <class T>
bool is_left_out(const T& field) {
  if constexpr (std::same_as<T, std::optional<MonthEndEstimate>>) return !field;
  if constexpr (std::same_as<T, std::optional<ChainHead>>) return !field;
  if constexpr (std::same_as<T, std::vector<ForecastPoint>>) return field.empty();
  return false;
}

template <Struct T>
json encode(const T& value) {
  json object = json::object();
  fields(value, [&](const char* name, const auto& field) {
    if (!is_left_out(field)) object[name] = encode(field);
  });
  return object;
}

template <Struct T>
void decode(const json& from, T& to) {
  fields(to, [&](const char* name, auto& field) {
    using Field = std::remove_cvref_t<decltype(field)>;
    if (is_newer<Field> && !from.contains(name)) {
      field = {};
    } else {
      decode(from.at(name), field);
    }
  });
}

template <class T>
json encode(const std::vector<T>& values) {
  json array = json::array();
  for (const T& value : values) array.push_back(encode(value));
  return array;
}

template <class T>
void decode(const json& from, std::vector<T>& to) {
  if (!from.is_array()) refuse("expected a list, found " + from.dump().substr(0, 40));
  to.clear();
  for (const json& element : from) decode(element, to.emplace_back());
}

template <class T>
json encode(const std::optional<T>& value) {
  return value ? encode(*value) : json(nullptr);
}

template <class T>
void decode(const json& from, std::optional<T>& to) {
  to.reset();
  if (from.is_null()) return;
  T value;
  decode(from, value);
  to = std::move(value);
}

/// Anomalies of an older costd were single days of the published rule.
void add_missing_to_anomalies(json& model) {
  const auto anomalies = model.find("anomalies");
  if (anomalies == model.end() || !anomalies->is_array()) return;
  for (json& anomaly : *anomalies) {
    if (!anomaly.is_object() || anomaly.contains("lastDay")) continue;
    anomaly["lastDay"] = anomaly.value("day", "");
    anomaly["rule"] = name_of(AnomalyRuleName::published);
    anomaly["severity"] = anomaly["why"] = "";
  }
}

/// What models of an older costd lack: they had neither.
void add_missing_members(json& model) {
  if (!model.is_object()) return;
  add_missing_to_anomalies(model);
  if (model.contains("corrections")) return;
  model["corrections"] = json::array();
  model["supersedes"] = nullptr;
  const auto tie = model.find("tieOut");
  if (tie == model.end() || !tie->is_object()) return;
  (*tie)["corrections"] = 0;
  (*tie)["correctionSum"] = format_exact(Money{});
}

}  // namespace

std::string to_json(const ChargebackModel& model) {
  // A name with a broken UTF-8 byte must not keep a month from being stated.
  return encode(model).dump(-1, ' ', false, json::error_handler_t::replace);
}

ChargebackModel chargeback_model_from_json(const std::string& text) {
  try {
    json from = json::parse(text);
    add_missing_members(from);
    ChargebackModel model;
    decode(from, model);
    return model;
  } catch (const json::exception& problem) {
    refuse(problem.what());
  }
}

std::string model_hash(const ChargebackModel& model) {
  return sha256_hex(to_json(model));
}

}  // namespace costd
