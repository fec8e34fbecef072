#include "jobs/compliance/gateway_tally.hpp"

#include <algorithm>

#include "ledger/mask.hpp"

namespace costd {
namespace {

constexpr std::int64_t status_error = 400;
constexpr std::int64_t status_unauthorized = 401;
constexpr std::int64_t status_forbidden = 403;

bool is_response(const LogEvent& event) {
  return event.event.event_type == "GATEWAY_RESPONSE";
}

bool is_refused_login(const LogEvent& event) {
  return event.payload.status == status_unauthorized || event.payload.status == status_forbidden;
}

void note_time(PolicyUse& use, Instant at) {
  ++use.count;
  use.first_at = std::min(use.first_at, at);
  use.last_at = std::max(use.last_at, at);
}

/// Adds a row to the file, and to what is shown while there is room.
void add_row(GatewayTally::Rows& rows, std::initializer_list<std::string_view> cells,
             std::size_t shown_cells) {
  ++rows.count;
  for (const std::string_view cell : cells) rows.csv.text(cell);
  rows.csv.end_row();
  if (rows.first.size() == shown_rows_max) return;
  rows.first.emplace_back(cells.begin(), cells.begin() + static_cast<std::ptrdiff_t>(shown_cells));
}

void begin_file(GatewayTally::Rows& rows, std::initializer_list<const char*> columns) {
  for (const char* column : columns) rows.csv.plain(column);
  rows.csv.end_row();
}

/// A view of the text without escapes; `room` holds it if it had any.
std::string_view plain_view(std::string_view escaped, std::string& room) {
  if (escaped.find('\\') == std::string_view::npos) return escaped;
  room = plain_text(escaped);
  return room;
}

std::string number_text(const std::optional<std::int64_t>& number) {
  return number ? std::to_string(*number) : "";
}

}  // namespace

const char* name_of(EventOutcome outcome) {
  constexpr std::array<const char*, 3> names{"done", "denied", "failed"};
  return names.at(static_cast<std::size_t>(outcome));
}

EventOutcome outcome_of(const LogEvent& event) {
  const std::string_view type = event.event.event_type;
  constexpr std::array<std::string_view, 3> denials{"POLICY_DENIED", "GUARDRAIL_BLOCKED",
                                                    "BUDGET_CAP_HARD"};
  if (std::ranges::find(denials, type) != denials.end() || is_refused_login(event) ||
      event.payload.policy_decision == "DENY") {
    return EventOutcome::denied;
  }
  if (type == "EMAIL_FAILED" || event.payload.status.value_or(0) >= status_error) {
    return EventOutcome::failed;
  }
  return EventOutcome::done;
}

bool is_authorization(const LogEvent& event) {
  const std::string_view decision = event.payload.policy_decision;
  return event.event.event_type.starts_with("POLICY_") || is_refused_login(event) ||
         (!decision.empty() && decision != "ALLOW");
}

bool is_violation(const LogEvent& event) {
  const std::string_view type = event.event.event_type;
  constexpr std::array<std::string_view, 3> types{"POLICY_DENIED", "GUARDRAIL_BLOCKED",
                                                  "BUDGET_CAP_HARD"};
  return std::ranges::find(types, type) != types.end() || type.starts_with("PII_") ||
         event.payload.policy_decision == "DENY";
}

std::string plain_text(std::string_view escaped) {
  if (escaped.find('\\') == std::string_view::npos) return std::string(escaped);
  return unescape_json(escaped).value_or(std::string(escaped));
}

void OutcomeCounts::add(EventOutcome outcome) {
  if (outcome == EventOutcome::done) ++done;
  if (outcome == EventOutcome::denied) ++denied;
  if (outcome == EventOutcome::failed) ++failed;
}

GatewayTally::GatewayTally(TallyScope scope, Zone zone, unsigned files)
    : scope_(std::move(scope)), clock_(std::move(zone)), files_(files) {
  begin_file(event_rows, {"timestamp", "tenantId", "eventType", "outcome", "apiKey", "status",
                          "eventId", "chain", "seq"});
  begin_file(access_rows, {"timestamp", "who", "action", "object", "outcome", "from", "tenantId",
                           "status", "tokens", "latencyMs", "eventId", "chain", "seq"});
  begin_file(authorization_rows,
             {"timestamp", "who", "decision", "policyId", "ruleId", "outcome", "reason", "tenantId",
              "eventType", "status", "eventId", "chain", "seq"});
  begin_file(violation_rows,
             {"timestamp", "eventType", "who", "reason", "policyId", "outcome", "tenantId",
              "categories", "entityTypes", "status", "eventId", "chain", "seq"});
}

bool GatewayTally::is_in_period(const LogEvent& event) {
  if (!event.at) {
    ++without_time;
    return false;
  }
  if (*event.at < scope_.range.from || *event.at >= scope_.range.to) {
    ++outside_period;
    if (*event.at > scope_.as_of) ++of_the_future;
    if (*event.at < scope_.range.from && !event.payload.api_key.empty()) {
      seen_before_.insert(plain_text(event.event.workspace_id.value_or("")) + '\0' +
                          plain_text(event.payload.api_key));
    }
    return false;
  }
  ++in_report;
  if (*event.at > scope_.as_of) ++of_the_future;
  return true;
}

void GatewayTally::take(const LogEvent& event) {
  if (!is_in_period(event)) return;
  const EventOutcome outcome = outcome_of(event);
  KeyUse* const key = use_of_key(event);
  const LocalTime local = clock_.local(*event.at);
  if (key != nullptr && is_response(event)) {
    key->requests.add(outcome);
    key->tokens += event.payload.tokens_total.value_or(0);
    key->first_at = std::min(key->first_at, *event.at);
    key->last_at = std::max(key->last_at, *event.at);
    if (outcome == EventOutcome::done) key->last_done_at = std::max(key->last_done_at, *event.at);
    ++key->by_hour_of_day.at(LocalClock::hour_of(local));
    ++key->by_hour[local.time_since_epoch() / std::chrono::hours(1)];
  }
  count(event, outcome, local, key);
  if (files_ != no_files) write_rows(event, outcome, key);
}

KeyUse* GatewayTally::use_of_key(const LogEvent& event) {
  if (event.payload.api_key.empty()) return nullptr;
  std::string tenant = plain_text(event.event.workspace_id.value_or(""));
  std::string id = plain_text(event.payload.api_key);
  const auto [known, is_first] = keys.try_emplace({tenant, id});
  if (is_first) {
    known->second.tenant = tenant;
    known->second.masked = mask_key(id);
    known->second.is_new = !seen_before_.contains(tenant + '\0' + id);
  }
  return &known->second;
}

void GatewayTally::count(const LogEvent& event, EventOutcome outcome, LocalTime local,
                         const KeyUse* key) {
  const Day day = LocalClock::day_of(local);
  const auto type = by_type.find(std::string(event.event.event_type));
  (type != by_type.end() ? type->second : by_type[plain_text(event.event.event_type)])[day].add(
      outcome);
  SeqRange& range = by_chain[event.chain];
  if (range.events == 0 || event.seq < range.first) range.first = event.seq;
  range.last = std::max(range.last, event.seq);
  ++range.events;
  if (is_refused_login(event)) ++refused_logins[day];
  if (is_violation(event)) note_time(violations[plain_text(event.event.event_type)], *event.at);
  if (!event.payload.policy_id.empty()) {
    std::string decision = plain_text(event.payload.policy_decision);
    if (decision.empty()) decision = plain_text(event.event.event_type);
    note_time(policies[{plain_text(event.payload.policy_id),
                        plain_text(event.payload.policy_rule_id), std::move(decision)}],
              *event.at);
  }
  if (is_response(event)) {
    ++by_hour_of_day.at(LocalClock::hour_of(local));
    if (key != nullptr || !event.payload.model.empty()) {
      ++targets[{plain_text(event.payload.model), plain_text(event.payload.provider)}];
    }
  }
}

void GatewayTally::write_rows(const LogEvent& event, EventOutcome outcome, const KeyUse* key) {
  std::array<std::string, 5> room;
  const GatewayPayload& payload = event.payload;
  const std::string_view tenant = plain_view(event.event.workspace_id.value_or(""), room[0]);
  const std::string_view type = plain_view(event.event.event_type, room[1]);
  const std::string_view id = plain_view(event.event.event_id, room[2]);
  const std::string_view who = key != nullptr ? std::string_view(key->masked) : "";
  const std::string status = number_text(payload.status);
  const std::string seq = std::to_string(event.seq);
  const std::string_view at = event.event.timestamp;
  const char* const how = name_of(outcome);
  if ((files_ & all_events) != 0) {
    add_row(event_rows, {at, tenant, type, how, who, status, id, event.chain, seq}, 6);
  }
  if ((files_ & access_log) != 0 && is_response(event)) {
    const std::string object = plain_text(payload.model) +
                               (payload.provider.empty() ? "" : " at ") +
                               plain_text(payload.provider);
    const std::string tokens = number_text(payload.tokens_total);
    const std::string latency = number_text(payload.latency_ms);
    add_row(access_rows,
            {at, who, "call", object, how, plain_view(payload.client_ip, room[3]), tenant, status,
             tokens, latency, id, event.chain, seq},
            6);
  }
  const std::string_view policy = plain_view(payload.policy_id, room[3]);
  const std::string_view reason =
      plain_view(payload.reason.empty() ? payload.error_code : payload.reason, room[4]);
  if ((files_ & authorization_log) != 0 && is_authorization(event)) {
    const std::string rule = plain_text(payload.policy_rule_id);
    const std::string decision =
        payload.policy_decision.empty() ? std::string(type) : plain_text(payload.policy_decision);
    add_row(
        authorization_rows,
        {at, who, decision, policy, rule, how, reason, tenant, type, status, id, event.chain, seq},
        7);
  }
  if ((files_ & policy_violations) != 0 && is_violation(event)) {
    add_row(violation_rows,
            {at, type, who, reason, policy, how, tenant, payload.categories, payload.entity_types,
             status, id, event.chain, seq},
            6);
  }
}

}  // namespace costd
