#include "jobs/ingest/usage_fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <nlohmann/json.hpp>

#include "jobs/ingest/key_guard.hpp"

namespace costd {
namespace {

constexpr std::size_t text_bytes_max = 512;
constexpr std::size_t tags_max = 64;
const Instant earliest = *parse_instant("2000-01-01T00:00:00Z");
const Instant latest = *parse_instant("2100-01-01T00:00:00Z");

Rejection reject(std::string reason, std::string detail) {
  return {std::move(reason), std::move(detail), "", "", std::nullopt};
}

bool has_control_character(std::string_view text) {
  return std::ranges::any_of(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

std::optional<Rejection> check_texts(const UsageFields& fields) {
  for (const TextField& field : text_fields) {
    const std::string_view text = fields.*field.member;
    if (text.size() > text_bytes_max) {
      return reject("text_too_long", fmt::format("{} has {} bytes; at most {} are taken",
                                                 field.key, text.size(), text_bytes_max));
    }
    if (has_control_character(text)) {
      return reject("control_character", fmt::format("{} has a control character", field.key));
    }
  }
  if (fields.model.empty()) return reject("missing_field", "model is missing or empty");
  if (fields.timestamp.empty() && !fields.at) {
    return reject("missing_field", "timestamp is missing or empty");
  }
  if (!fields.tenant_id.empty() && !fields.workspace_id.empty() &&
      fields.tenant_id != fields.workspace_id) {
    return reject("contradiction", "tenantId and workspaceId name different tenants");
  }
  if (fields.tags.size() > tags_max) {
    return reject("too_many_tags", fmt::format("{} tags; at most {} are taken",
                                               fields.tags.size(), tags_max));
  }
  for (const auto& [name, value] : fields.tags) {
    if (std::max(name.size(), value.size()) > text_bytes_max) {
      return reject("text_too_long", fmt::format("tag {} has more than {} bytes",
                                                 name.substr(0, 40), text_bytes_max));
    }
    if (has_control_character(name) || has_control_character(value)) {
      return reject("control_character", "a tag has a control character");
    }
  }
  return std::nullopt;
}

std::optional<Rejection> check_range(std::string_view name, std::int64_t value) {
  if (value < 0) return reject("negative_count", fmt::format("{} is {}", name, value));
  if (value > tokens_per_record_max) {
    return reject("count_too_large", fmt::format("{} is {}; at most {} are taken", name, value,
                                                 tokens_per_record_max));
  }
  return std::nullopt;
}

std::optional<Rejection> check_part(const char* part_name, std::int64_t part,
                                    const char* whole_name, std::int64_t whole) {
  if (part <= whole) return std::nullopt;
  return reject("part_exceeds_whole", fmt::format("{} ({}) is more than {} ({}), of which it is a "
                                                  "part",
                                                  part_name, part, whole_name, whole));
}

std::optional<Rejection> check_counts(const UsageFields& fields) {
  if (!fields.input_tokens) return reject("missing_field", "inputTokens is missing");
  if (!fields.output_tokens) return reject("missing_field", "outputTokens is missing");
  for (const RequiredCountField& field : required_count_fields) {
    if (auto wrong = check_range(field.key, (fields.*field.member).value_or(0))) return wrong;
  }
  for (const CountField& field : count_fields) {
    if (auto wrong = check_range(field.key, fields.*field.member)) return wrong;
  }
  if (auto wrong = check_range("requests", fields.requests)) return wrong;
  if (fields.requests == 0) {
    // Charges are counted in requests: without one, usage that has no price would not be seen.
    return reject("no_request", "requests is 0; usage stands for at least one call");
  }
  if (auto wrong = check_part("cachedInputTokens + cacheWriteTokens",
                              fields.cached_input_tokens + fields.cache_write_tokens,
                              "inputTokens", *fields.input_tokens)) {
    return wrong;
  }
  if (auto wrong = check_part("cacheWrite1hTokens", fields.cache_write_1h_tokens,
                              "cacheWriteTokens", fields.cache_write_tokens)) {
    return wrong;
  }
  return check_part("reasoningTokens", fields.reasoning_tokens, "outputTokens",
                    *fields.output_tokens);
}

std::string canonical_json(const std::map<std::string, std::string>& tags) {
  return tags.empty() ? "" : nlohmann::json(tags).dump();
}

std::string dimensions_of(const std::map<std::string, std::string>& tags,
                          const std::vector<std::string>& names) {
  std::map<std::string, std::string> chosen;
  for (const std::string& name : names) {
    if (const auto tag = tags.find(name); tag != tags.end()) chosen.insert(*tag);
  }
  return canonical_json(chosen);
}

std::string or_unknown(std::string_view text) {
  return std::string(text.empty() ? unknown_name : text);
}

}  // namespace

TokenCounts token_counts(const UsageFields& fields) {
  TokenCounts tokens;
  tokens.cache_read = fields.cached_input_tokens;
  tokens.cache_write_1h = fields.cache_write_1h_tokens;
  tokens.cache_write_5m = fields.cache_write_tokens - fields.cache_write_1h_tokens;
  tokens.input_uncached =
      *fields.input_tokens - fields.cached_input_tokens - fields.cache_write_tokens;
  tokens.output = *fields.output_tokens;
  tokens.reasoning = fields.reasoning_tokens;
  tokens.total = fields.total_tokens.value_or(tokens.input() + tokens.output);
  return tokens;
}

bool is_record_time(Instant at) { return earliest <= at && at < latest; }

void UsageFields::clear() { *this = UsageFields{}; }

Rejection with_identity(Rejection rejection, const UsageFields& fields, const RecordRules& rules) {
  const auto sane = [](std::string_view text) {
    return text.size() <= text_bytes_max && !has_control_character(text);
  };
  const std::string_view tenant =
      fields.tenant_id.empty() ? fields.workspace_id : fields.tenant_id;
  if (sane(fields.id)) rejection.record_id = fields.id;
  if (sane(tenant)) rejection.tenant = tenant;
  rejection.at = fields.at ? fields.at : parse_instant(fields.timestamp, rules.missing_zone);
  if (rejection.at && !is_record_time(*rejection.at)) rejection.at.reset();
  return rejection;
}

ParsedLine build_record(const UsageFields& fields, const RecordRules& rules) {
  const auto refused = [&](Rejection rejection) {
    return with_identity(std::move(rejection), fields, rules);
  };
  if (auto wrong = check_texts(fields)) return refused(*wrong);
  if (auto wrong = check_counts(fields)) return refused(*wrong);
  const auto at = fields.at ? fields.at : parse_instant(fields.timestamp, rules.missing_zone);
  if (!at) {
    return refused(reject("bad_timestamp", fmt::format("timestamp \"{}\" is no RFC 3339 instant "
                                                       "like 2026-10-01T12:00:00Z",
                                                       fields.timestamp)));
  }
  if (!is_record_time(*at)) {
    return refused(reject("bad_timestamp", fmt::format("timestamp {} is outside of 2000 to 2099",
                                                       fields.at ? format_instant(*at)
                                                                 : fields.timestamp)));
  }
  const bool is_hit = fields.cache_status == "HIT";
  if (!is_hit && !fields.cache_status.empty() && fields.cache_status != "MISS") {
    return refused(reject("bad_cache_status", fmt::format("cacheStatus \"{}\" is neither HIT nor "
                                                          "MISS",
                                                          fields.cache_status)));
  }
  const auto tier = fields.service_tier.empty() ? std::optional(ServiceTier::standard)
                                                : parse_service_tier(fields.service_tier);
  if (!tier) {
    return refused(reject("bad_service_tier",
                          fmt::format("serviceTier \"{}\" is none of standard, batch, priority, "
                                      "flex",
                                      fields.service_tier)));
  }
  const std::map<std::string, std::string> tags(fields.tags.begin(), fields.tags.end());
  UsageRecord record;
  record.record_id = fields.id;
  record.series.tenant =
      or_unknown(fields.tenant_id.empty() ? fields.workspace_id : fields.tenant_id);
  record.series.api_key = guard_key(or_unknown(fields.api_key), rules.key_secret);
  record.series.model = fields.model;
  record.series.provider = or_unknown(fields.provider);
  record.series.tier = *tier;
  record.series.dimensions = dimensions_of(tags, rules.dimensions);
  record.tokens = token_counts(fields);
  record.requests = fields.requests;
  record.stated_band = fields.stated_band;
  record.origin = is_hit ? Origin::cache_hit : fields.estimated ? Origin::estimated : Origin::exact;
  record.at = *at;
  record.tags = canonical_json(tags);
  record.credential_fingerprint = fields.credential_fingerprint;
  return record;
}

const std::vector<std::string>& usage_field_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all{"estimated"};
    for (const auto& field : text_fields) all.emplace_back(field.key);
    for (const auto& field : count_fields) all.emplace_back(field.key);
    for (const auto& field : required_count_fields) all.emplace_back(field.key);
    return all;
  }();
  return names;
}

std::optional<Rejection> set_field(UsageFields& fields, std::string_view name,
                                   std::string_view value) {
  for (const TextField& field : text_fields) {
    if (name == field.key) {
      fields.*field.member = value;
      return std::nullopt;
    }
  }
  if (name == "estimated") {
    fields.estimated = value == "true" || value == "1" || value == "TRUE" || value == "True";
    if (fields.estimated || value.empty() || value == "false" || value == "0" ||
        value == "FALSE" || value == "False") {
      return std::nullopt;
    }
    return reject("wrong_type", fmt::format("estimated \"{}\" is neither true nor false", value));
  }
  if (value.empty()) return std::nullopt;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc{} || end != value.data() + value.size()) {
    return reject("bad_count", fmt::format("{} \"{}\" is no whole number", name, value));
  }
  for (const CountField& field : count_fields) {
    if (name == field.key) fields.*field.member = number;
  }
  for (const RequiredCountField& field : required_count_fields) {
    if (name == field.key) fields.*field.member = number;
  }
  return std::nullopt;
}

}  // namespace costd
