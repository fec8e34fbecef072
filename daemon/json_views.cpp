#include "daemon/json_views.hpp"

#include <charconv>

#include "ledger/error.hpp"

namespace costd {
namespace {

[[noreturn]] void refuse_query(const char* name, const std::string& text, const char* remedy) {
  throw Error(ErrorCode::usage, std::string(name) + " \"" + text + "\" " + remedy);
}

OrderedJson price_or_null(const std::optional<std::int64_t>& price) {
  return price ? OrderedJson(format_price(*price)) : OrderedJson(nullptr);
}

/// What people must know about a file that is not the one made with the report; "" if it is.
std::string note_of(const ReportFile& file) {
  if (!file.damage.empty()) return file.damage;
  if (file.replaces_sha256.empty()) return "";
  return "rendered again on " + format_instant(file.rendered_again_at) + " by version " +
         file.renderer_version + "; the original file with SHA-256 " + file.replaces_sha256 +
         " is lost";
}

OrderedJson progress_of(const RunProgress& progress) {
  return {{"job", progress.job},
          {"done", progress.done},
          {"total", progress.total},
          {"unit", progress.unit}};
}

}  // namespace

HttpResponse json_response(const OrderedJson& json, int status) {
  HttpResponse response;
  response.status = status;
  response.body = json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return response;
}

OrderedJson instant_or_null(Instant instant) {
  return to_micros(instant) == 0 ? OrderedJson(nullptr) : OrderedJson(format_instant(instant));
}

OrderedJson to_json(const Run& run) {
  return {{"id", run.id},
          {"schedule", run.schedule},
          {"slot", instant_or_null(run.slot_at)},
          {"trigger", run.trigger},
          {"actor", run.actor},
          {"jobs", run.jobs},
          {"parameters", run.parameters},
          {"state", name_of(run.state)},
          {"revision", run.revision},
          {"attempt", run.attempt},
          {"jobsDone", run.jobs_done},
          {"notBefore", instant_or_null(run.not_before)},
          {"queuedAt", instant_or_null(run.queued_at)},
          {"startedAt", instant_or_null(run.started_at)},
          {"finishedAt", instant_or_null(run.finished_at)},
          {"progress", progress_of(run.progress)},
          {"counts", run.counts},
          {"inputs", run.inputs},
          {"outputs", run.outputs},
          {"error", run.error},
          {"discardedAt", instant_or_null(run.discarded_at)},
          {"discardedBy", run.discarded_by},
          {"discardedReason", run.discarded_reason},
          {"log", run.log}};
}

OrderedJson to_json(const PriceEntry& entry) {
  OrderedJson json{{"id", entry.id},
                   {"model", entry.model_pattern},
                   {"provider", entry.provider},
                   {"serviceTier", name_of(entry.tier)},
                   {"effective", format_day(entry.effective_from)},
                   {"input", price_or_null(entry.rates.input)},
                   {"output", price_or_null(entry.rates.output)},
                   {"cacheRead", price_or_null(entry.rates.cache_read)},
                   {"cacheWrite", price_or_null(entry.rates.cache_write)},
                   {"cacheWrite1h", price_or_null(entry.rates.cache_write_1h)},
                   {"longContext", nullptr},
                   {"origin", entry.origin == PriceOrigin::config ? "config" : "api"},
                   {"source", entry.source}};
  if (entry.long_context) {
    const Rates& rates = entry.long_context->rates;
    json["longContext"] = {{"above", entry.long_context->above},
                           {"input", price_or_null(rates.input)},
                           {"output", price_or_null(rates.output)},
                           {"cacheRead", price_or_null(rates.cache_read)},
                           {"cacheWrite", price_or_null(rates.cache_write)},
                           {"cacheWrite1h", price_or_null(rates.cache_write_1h)}};
  }
  return json;
}

namespace {

/// A figure of statistics, with two decimals.
OrderedJson figure(const std::optional<double>& value) {
  return value ? OrderedJson(std::round(*value * 100) / 100) : OrderedJson(nullptr);
}

}  // namespace

OrderedJson to_json(const StoredForecast& stored) {
  const RunRateForecast& run_rate = stored.forecast;
  OrderedJson json{{"tenantId", stored.tenant},
                   {"model", stored.model},
                   {"provider", stored.provider},
                   {"asOf", format_day(run_rate.as_of)},
                   {"monthToDate", format_exact(run_rate.month_to_date)},
                   {"dailyRate", format_exact(run_rate.daily_rate)},
                   {"runRateMonthEnd", format_exact(run_rate.projected_month_end)},
                   {"projectedMonthEnd", format_exact(run_rate.projected_month_end)},
                   {"low80", nullptr},
                   {"high80", nullptr},
                   {"low95", nullptr},
                   {"high95", nullptr},
                   {"trend", name_of(run_rate.trend)},
                   {"method", "run-rate-7d"},
                   {"mase", nullptr},
                   {"mapeMonthEnd", {{"7", nullptr}, {"14", nullptr}, {"21", nullptr}}},
                   {"coverage80", nullptr},
                   {"confidence", name_of(Confidence::low)},
                   {"confidenceReason", "made before forecasts were tested on the past"}};
  if (!stored.weekday) return json;
  const WeekdayForecast& weekday = *stored.weekday;
  json["projectedMonthEnd"] = format_exact(weekday.projected_month_end);
  json["low80"] = format_exact(weekday.month_end.low80);
  json["high80"] = format_exact(weekday.month_end.high80);
  json["low95"] = format_exact(weekday.month_end.low95);
  json["high95"] = format_exact(weekday.month_end.high95);
  json["method"] = weekday.method;
  json["mase"] = figure(weekday.errors.mase);
  for (std::size_t n = 0; n < month_test_days.size(); ++n) {
    json["mapeMonthEnd"][std::to_string(month_test_days[n])] =
        figure(weekday.errors.mape_month_end[n]);
  }
  json["coverage80"] = figure(weekday.errors.coverage80);
  json["confidence"] = name_of(weekday.confidence);
  json["confidenceReason"] = weekday.reason;
  return json;
}

OrderedJson to_json(const Contributor& contributor) {
  return {{"dimension", contributor.dimension},
          {"value", contributor.value},
          {"impact", format_exact(contributor.impact)}};
}

OrderedJson to_json(const StoredAnomaly& anomaly) {
  const AnomalyIncident& incident = anomaly.incident;
  const std::string deviation = incident.deviation_percent();
  const ImpactParts& parts = anomaly.reasons.parts;
  OrderedJson contributors = OrderedJson::array();
  for (const Contributor& one : anomaly.reasons.contributors) contributors.push_back(to_json(one));
  return {
      {"id", anomaly.id},
      {"tenantId", anomaly.tenant},
      {"apiKey", anomaly.api_key},
      {"model", anomaly.model},
      {"provider", anomaly.provider},
      {"class", name_of(incident.kind)},
      {"rule", name_of(anomaly.rule)},
      {"severity", anomaly.severity.empty() ? OrderedJson(nullptr) : OrderedJson(anomaly.severity)},
      {"firstDay", format_day(incident.first_day)},
      {"lastDay", format_day(incident.last_day)},
      {"currentDailyRate", format_exact(incident.current)},
      {"baseline", format_exact(incident.baseline)},
      {"expected", format_exact(incident.baseline)},
      {"deviationPct", deviation.empty() ? OrderedJson(nullptr) : OrderedJson(deviation)},
      {"impact", format_exact(incident.impact)},
      {"volumeImpact", format_exact(parts.volume)},
      {"mixImpact", format_exact(parts.mix)},
      {"priceImpact", format_exact(parts.price)},
      {"detectedAt", format_instant(anomaly.detected_at)},
      {"state", anomaly.is_open() ? "OPEN" : "RESOLVED"},
      {"resolvedAt", instant_or_null(anomaly.resolved_at)},
      {"why", anomaly.why},
      {"contributors", std::move(contributors)}};
}

OrderedJson to_json(const StoredAlert& alert) {
  const OrderedJson data = OrderedJson::parse(alert.alert.data, nullptr, false);
  return {{"id", alert.id},
          {"type", alert.type},
          {"tenantId", alert.alert.tenant},
          {"subject", alert.alert.subject},
          {"title", alert.alert.title},
          {"raisedAt", format_instant(alert.raised_at)},
          {"data", data.is_object() ? data : OrderedJson::object()}};
}

OrderedJson to_json(const StoredReport& report) {
  OrderedJson files = OrderedJson::array();
  for (const ReportFile& file : report.files) {
    OrderedJson shown{{"format", file.format}, {"fileName", file.file_name},
                      {"bytes", file.bytes},   {"sha256", file.sha256},
                      {"path", file.path},     {"signed", !file.signature.empty()}};
    if (!file.replaces_sha256.empty()) {
      shown["replacesSha256"] = file.replaces_sha256;
      shown["rendererVersion"] = file.renderer_version;
      shown["renderedAgainAt"] = format_instant(file.rendered_again_at);
    }
    if (!file.damage.empty()) shown["damage"] = file.damage;
    if (const std::string note = note_of(file); !note.empty()) shown["note"] = note;
    files.push_back(std::move(shown));
  }
  OrderedJson json{{"id", report.id},
                   {"tenantId", report.tenant},
                   {"tenantName", report.tenant_name},
                   {"from", format_day(report.period.from)},
                   {"to", format_day(report.period.to)},
                   {"status", report.status},
                   {"revision", report.revision},
                   {"totalCost", format_exact(to_money(report.total))},
                   {"generatedAt", format_instant(report.generated_at)},
                   {"generatedBy", report.generated_by},
                   {"runId", report.run_id},
                   {"modelSha256", report.model_sha256},
                   {"rendererVersion", report.renderer_version},
                   {"files", std::move(files)}};
  if (report.is_deleted()) {
    json["deletedAt"] = format_instant(report.deleted_at);
    json["deletedBy"] = report.deleted_by;
    json["deletedReason"] = report.deleted_reason;
  }
  return json;
}

OrderedJson to_json(const OutboxMessage& message) {
  return {{"id", message.id},
          {"kind", message.kind},
          {"reportId", message.report_id},
          {"channel", message.channel},
          {"recipient", message.recipient},
          {"subject", message.subject},
          {"state", name_of(message.state)},
          {"attempts", message.attempts},
          {"notBefore", instant_or_null(message.not_before)},
          {"createdAt", instant_or_null(message.created_at)},
          {"updatedAt", instant_or_null(message.updated_at)},
          {"messageId", message.message_id},
          {"ambiguousAttempts", message.ambiguous_attempts},
          {"supersedes", message.supersedes},
          {"lastReply", message.last_reply}};
}

OrderedJson to_json(const DeliveryAttempt& attempt) {
  return {{"number", attempt.number},
          {"recipient", attempt.recipient},
          {"outcome", attempt.outcome},
          {"reply", attempt.reply},
          {"startedAt", instant_or_null(attempt.started_at)},
          {"endedAt", instant_or_null(attempt.ended_at)}};
}

OrderedJson to_json(const Tenant& tenant) {
  OrderedJson keys = OrderedJson::array();
  for (const NamedKey& key : tenant.api_keys) keys.push_back({{"id", key.id}, {"name", key.name}});
  return {{"id", tenant.id},
          {"name", tenant.name},
          {"region", tenant.region},
          {"timeZone", tenant.time_zone},
          {"metadata", tenant.metadata},
          {"settings", tenant.settings},
          {"effectiveMetadata", effective_metadata(tenant)},
          {"apiKeys", std::move(keys)},
          {"origin", name_of(tenant.origin)}};
}

OrderedJson to_json(const RecoveryReport& report) {
  return {{"at", instant_or_null(report.at)},
          {"leftovers", report.leftovers},
          {"orphans", report.orphans},
          {"orphansRemoved", report.orphans_removed},
          {"moved", report.moved},
          {"restored", report.restored},
          {"rerendered", report.rerendered},
          {"damaged", report.damaged},
          {"rejected", report.rejected}};
}

OrderedJson cost_fields(const CostGroup& group) {
  const UsageTotals& usage = group.usage;
  return {{"totalCost", format_exact(group.total_cost())},
          {"inputCost", format_exact(group.input_cost)},
          {"outputCost", format_exact(group.output_cost)},
          {"requests", usage.requests},
          {"inputTokens", usage.input_tokens},
          {"outputTokens", usage.output_tokens},
          {"cachedInputTokens", usage.cached_input_tokens},
          {"cacheWriteTokens", usage.cache_write_tokens},
          {"reasoningTokens", usage.reasoning_tokens},
          {"unpricedRequests", usage.unpriced_requests},
          {"estimatedRequests", usage.estimated_requests},
          {"cacheHits", usage.cache_hits},
          {"outOfRangeRequests", usage.out_of_range_requests}};
}

std::optional<std::string> text_query(const RouteCall& call, const char* name) {
  const std::string* found = call.find_query(name);
  return found == nullptr ? std::nullopt : std::optional(*found);
}

std::optional<Day> day_query(const RouteCall& call, const char* name) {
  const std::string text = call.query(name);
  if (text.empty()) return std::nullopt;
  const auto day = parse_day(text);
  if (!day) refuse_query(name, text, "is no date; write it like 2026-10-01");
  return day;
}

std::int64_t number_query(const RouteCall& call, const char* name, std::int64_t missing,
                          std::int64_t highest) {
  const std::string text = call.query(name);
  if (text.empty()) return missing;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number < 0 || number > highest) {
    refuse_query(name, text, ("is no whole number from 0 to " + std::to_string(highest)).c_str());
  }
  return number;
}

nlohmann::json body_object(const RouteCall& call) {
  auto body =
      nlohmann::json::parse(call.request.body.empty() ? "{}" : call.request.body, nullptr, false);
  if (!body.is_object()) throw Error(ErrorCode::usage, "the body is no JSON object");
  return body;
}

std::string text_member(const nlohmann::json& body, const char* name) {
  const auto found = body.find(name);
  if (found == body.end() || found->is_null()) return "";
  if (!found->is_string()) {
    throw Error(ErrorCode::usage, std::string(name) + " is no text in the body");
  }
  return found->get<std::string>();
}

}  // namespace costd
