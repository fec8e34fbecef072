#pragma once
// From the fields of one input line to a usage record, or to the reason why it is none.

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "ledger/token_usage.hpp"

namespace costd {

/// A line that is no usage record.
struct Rejection {
  std::string reason;  ///< short code: "malformed_json", "negative_count"
  std::string detail;  ///< names the field and what is wrong
  std::string record_id;
  std::string tenant;
  std::optional<Instant> at;
};

/// The fields of a line by the gateway's names, not yet checked. Views are valid while the line is.
struct UsageFields {
  std::string_view id;
  std::string_view tenant_id;
  std::string_view workspace_id;
  std::string_view api_key;
  std::string_view model;
  std::string_view provider;
  std::optional<std::int64_t> input_tokens;
  std::optional<std::int64_t> output_tokens;
  std::optional<std::int64_t> total_tokens;
  std::int64_t cached_input_tokens = 0;
  std::int64_t cache_write_tokens = 0;
  std::int64_t cache_write_1h_tokens = 0;
  std::int64_t reasoning_tokens = 0;
  std::int64_t requests = 1;
  std::optional<ContextBand> stated_band;
  bool estimated = false;
  std::string_view cache_status;
  std::string_view timestamp;
  std::optional<Instant> at;  ///< in place of timestamp, where a source counts from 1970
  std::string_view service_tier;
  std::string_view credential_fingerprint;
  std::vector<std::pair<std::string, std::string>> tags;

  void clear();
};

/// The fields by the names that sources give them.
struct TextField {
  std::string_view key;
  std::string_view UsageFields::*member;
};
inline constexpr std::array<TextField, 10> text_fields{{
    {"id", &UsageFields::id},
    {"tenantId", &UsageFields::tenant_id},
    {"workspaceId", &UsageFields::workspace_id},
    {"apiKey", &UsageFields::api_key},
    {"model", &UsageFields::model},
    {"provider", &UsageFields::provider},
    {"cacheStatus", &UsageFields::cache_status},
    {"timestamp", &UsageFields::timestamp},
    {"serviceTier", &UsageFields::service_tier},
    {"credentialFingerprint", &UsageFields::credential_fingerprint},
}};
struct CountField {
  std::string_view key;
  std::int64_t UsageFields::*member;
};
inline constexpr std::array<CountField, 4> count_fields{{
    {"cachedInputTokens", &UsageFields::cached_input_tokens},
    {"cacheWriteTokens", &UsageFields::cache_write_tokens},
    {"cacheWrite1hTokens", &UsageFields::cache_write_1h_tokens},
    {"reasoningTokens", &UsageFields::reasoning_tokens},
}};
struct RequiredCountField {
  std::string_view key;
  std::optional<std::int64_t> UsageFields::*member;
};
inline constexpr std::array<RequiredCountField, 3> required_count_fields{{
    {"inputTokens", &UsageFields::input_tokens},
    {"outputTokens", &UsageFields::output_tokens},
    {"totalTokens", &UsageFields::total_tokens},
}};

/// Site-specific parts of reading a record.
struct RecordRules {
  std::vector<std::string> dimensions;  ///< tags that become part of the series
  std::string key_secret;               ///< for the keyed hash of keys that look like secrets
  MissingZone missing_zone = MissingZone::refused;
};

using ParsedLine = std::variant<UsageRecord, Rejection>;

/// Checks the fields (presence, bounds, subsets, text) and builds the record. An empty id stays
/// empty: the caller makes one from the file and the offset.
ParsedLine build_record(const UsageFields& fields, const RecordRules& rules);

/// The counts of fields that were checked.
TokenCounts token_counts(const UsageFields& fields);
/// Records are of the years 2000 to 2099.
bool is_record_time(Instant at);

/// The rejection with whose record it was and of when, as far as the fields say.
Rejection with_identity(Rejection rejection, const UsageFields& fields, const RecordRules& rules);

/// The names that a CSV mapping and constants may use.
const std::vector<std::string>& usage_field_names();
/// Sets the named field from text; the reason if the value does not fit it.
std::optional<Rejection> set_field(UsageFields& fields, std::string_view name,
                                   std::string_view value);

}  // namespace costd
