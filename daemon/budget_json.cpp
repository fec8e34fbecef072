#include "daemon/budget_json.hpp"

#include <fmt/format.h>

#include "ledger/error.hpp"

namespace costd {
namespace {

using Member = nlohmann::json;

[[noreturn]] void refuse(const std::string& name, const char* what) {
  throw Error(ErrorCode::usage, name + " " + what);
}

std::string text_of(const std::string& name, const Member& value) {
  if (value.is_null()) return "";
  if (!value.is_string()) refuse(name, "is no text in the body; write it between quotes");
  return value.get<std::string>();
}

std::int64_t integer_of(const std::string& name, const Member& value) {
  if (!value.is_number_integer() ||
      (value.is_number_unsigned() && value.get<std::uint64_t>() > INT64_MAX)) {
    refuse(name, "is no whole number in the body; write it like 80, without quotes");
  }
  return value.get<std::int64_t>();
}

std::string amount_of(const std::string& name, const Member& value) {
  if (value.is_number_integer()) return value.dump();
  if (value.is_string()) return value.get<std::string>();
  refuse(name,
         "is neither text nor a whole number; write it like \"500.00\", so that no digit "
         "is lost");
}

/// What people should know before they trust the figures; "" if there is nothing.
std::string note_on(const BudgetStatus& status) {
  if (status.requests == 0) return "counts nothing: no request in this period";
  if (status.unpriced_requests == status.requests) {
    return "counts nothing: none of the period's requests has a price";
  }
  if (status.unpriced_requests > 0) {
    return fmt::format("{} of {} requests have no price and are not in the spend",
                       format_count(status.unpriced_requests), format_count(status.requests));
  }
  return "";
}

const char* confidence_of(const BudgetStatus& status) {
  if (!status.projection) return "none";
  return status.projection->low_confidence ? "low" : "normal";
}

OrderedJson usage_json(const BudgetStanding& standing, Instant computed_at) {
  const BudgetCap& cap = standing.cap;
  const BudgetStatus& status = standing.status;
  OrderedJson json{{"currentSpend", format_exact(status.spent)},
                   {"limit", format_exact(cap.limit)},
                   {"remaining", format_exact(cap.limit - status.spent)},
                   {"utilisationPct", format_percent(status.spent, cap.limit, 1)},
                   {"colour", name_of(status.colour)},
                   {"periodStart", format_day(status.period.from)},
                   {"periodEnd", format_day(status.period.to)},
                   {"periodStartAt", format_instant(standing.starts_at)},
                   {"periodEndAt", format_instant(standing.ends_at)},
                   {"timeZone", standing.time_zone},
                   {"requests", status.requests},
                   {"unpricedRequests", status.unpriced_requests},
                   {"projectedSpend", nullptr},
                   {"crossesOn", nullptr},
                   {"expectedSpend", nullptr},
                   {"expectedCrossesOn", nullptr},
                   {"confidence", confidence_of(status)},
                   {"note", note_on(status)},
                   {"computedAt", format_instant(computed_at)}};
  if (const auto& projection = status.projection) {
    json["projectedSpend"] = format_exact(projection->at_end);
    if (projection->crosses_on) json["crossesOn"] = format_day(*projection->crosses_on);
  }
  if (const auto& expected = standing.expected) {
    json["expectedSpend"] = format_exact(expected->at_end);
    if (expected->crosses_on) json["expectedCrossesOn"] = format_day(*expected->crosses_on);
  }
  return json;
}

OrderedJson applicable_json(const ApplicableCap& applicable) {
  const BudgetCap& cap = applicable.standing->cap;
  return {{"id", cap.id},
          {"name", cap.name},
          {"tenantId", cap.tenant},
          {"apiKey", cap.api_key},
          {"period", name_of(cap.period)},
          {"limitUsd", format_exact(cap.limit)},
          {"currentSpend", format_exact(applicable.spent)},
          {"remaining", format_exact(applicable.remaining())},
          {"utilisationPct", format_percent(applicable.spent, cap.limit, 1)},
          {"colour", name_of(applicable.colour)}};
}

}  // namespace

OrderedJson to_json(const BudgetStanding& standing, Instant computed_at) {
  OrderedJson json = fields_of(standing.cap);
  json["usage"] = usage_json(standing, computed_at);
  json["aboveCeiling"] = nullptr;
  if (const auto& ceiling = standing.exceeded_ceiling) {
    json["aboveCeiling"] = {{"id", ceiling->id},
                            {"name", ceiling->name},
                            {"tenantId", ceiling->tenant},
                            {"apiKey", ceiling->api_key},
                            {"limitUsd", format_exact(ceiling->limit)}};
  }
  return json;
}

OrderedJson tightest_json(const BudgetDecision& decision) {
  const auto& tightest = decision.tightest;
  if (!tightest) {
    return {
        {"leastRemaining", nullptr}, {"smallestLimit", nullptr}, {"highestUtilisation", nullptr}};
  }
  return {{"leastRemaining", applicable_json(tightest->least_remaining)},
          {"smallestLimit", applicable_json(tightest->smallest_limit)},
          {"highestUtilisation", applicable_json(tightest->highest_utilisation)}};
}

OrderedJson to_json(const BudgetDecision& decision, Instant computed_at) {
  OrderedJson caps = OrderedJson::array();
  for (const ApplicableCap& cap : decision.applicable) caps.push_back(applicable_json(cap));
  return {{"decision", name_of(decision.verdict)},
          {"governing", decision.tightest ? applicable_json(decision.tightest->least_remaining)
                                          : OrderedJson(nullptr)},
          {"tightest", tightest_json(decision)},
          {"caps", std::move(caps)},
          {"tenantKnown", decision.tenant_known},
          {"computedAt", instant_or_null(computed_at)}};
}

BudgetBody read_budget_body(const nlohmann::json& body) {
  BudgetBody read;
  BudgetFields& fields = read.fields;
  for (const auto& [name, value] : body.items()) {
    if (name == "name") {
      fields.name = text_of(name, value);
    } else if (name == "tenantId") {
      fields.tenant = text_of(name, value);
    } else if (name == "apiKey") {
      fields.api_key = text_of(name, value);
    } else if (name == "period") {
      fields.period = text_of(name, value);
    } else if (name == "limitUsd") {
      fields.limit = amount_of(name, value);
    } else if (name == "softLimitPct") {
      fields.soft_limit_percent = integer_of(name, value);
    } else if (name == "enabled") {
      if (!value.is_boolean()) refuse(name, "is neither true nor false in the body");
      fields.enabled = value.get<bool>();
    } else if (name == "managedBy") {
      fields.managed_by = text_of(name, value);
    } else if (name == "version") {
      read.version = integer_of(name, value);
    } else {
      throw Error(ErrorCode::usage,
                  fmt::format("the body has a member \"{}\", which a budget has not; it has name, "
                              "tenantId, apiKey, period, limitUsd, softLimitPct, enabled, "
                              "managedBy, version",
                              name.substr(0, 40)));
    }
  }
  return read;
}

}  // namespace costd
