#pragma once
// How things look as JSON on the control socket: camelCase names, money as decimal text, RFC 3339.

#include <nlohmann/json.hpp>

#include "daemon/control/http.hpp"
#include "daemon/routes.hpp"
#include "jobs/state_recovery.hpp"
#include "ledger/price_book.hpp"
#include "ledger/store/alert_store.hpp"
#include "ledger/store/anomaly_store.hpp"
#include "ledger/store/cost_summary.hpp"
#include "ledger/store/forecast_store.hpp"
#include "ledger/store/outbox_store.hpp"
#include "ledger/store/report_store.hpp"
#include "ledger/tenant.hpp"

namespace costd {

using OrderedJson = nlohmann::ordered_json;

HttpResponse json_response(const OrderedJson& json, int status = 200);

/// null for the epoch, which stands for "not yet".
OrderedJson instant_or_null(Instant instant);

OrderedJson to_json(const Run& run);
OrderedJson to_json(const PriceEntry& entry);
OrderedJson to_json(const StoredForecast& forecast);
OrderedJson to_json(const StoredAnomaly& anomaly);
OrderedJson to_json(const StoredAlert& alert);
OrderedJson to_json(const StoredReport& report);
OrderedJson to_json(const OutboxMessage& message);
OrderedJson to_json(const DeliveryAttempt& attempt);
OrderedJson to_json(const Tenant& tenant);
OrderedJson to_json(const RecoveryReport& report);
/// requests, tokens and costs of a group or of the whole.
OrderedJson cost_fields(const CostGroup& group);

/// Rows of a page, where nothing else is asked for, and at most.
inline constexpr std::int64_t page_default = 50;
inline constexpr std::int64_t page_max = 1000;

// Typed query values; each throws Error(usage) naming the parameter and the remedy.
std::optional<std::string> text_query(const RouteCall& call, const char* name);
std::optional<Day> day_query(const RouteCall& call, const char* name);
std::int64_t number_query(const RouteCall& call, const char* name, std::int64_t missing,
                          std::int64_t highest);
/// The request's body as a JSON object.
nlohmann::json body_object(const RouteCall& call);
/// A text member of the body, or "".
std::string text_member(const nlohmann::json& body, const char* name);

}  // namespace costd
