// Pages of Anthropic's usage report: GET /v1/organizations/usage_report/messages.
//
// - A record is one result: the sum over the calls of a group in a bucket of time, booked at the
//   bucket's start. Ask for group_by[]=model at least; without a model nothing can be priced.
// - Uncached input, cache reads, cache writes and output are counted beside each other there. Here
//   input is their sum without the output, with the cached ones as parts.
// - The report does not say how many calls a result sums up. It counts as one request, the least
//   that it can be: with none, usage without a price would show nowhere.
// - context_window says on which side of 200,000 tokens the calls were. Without it they are taken
// to
//   be below, for a sum says nothing of its calls: ask for group_by[]=context_window where a model
//   has a long-context price.
// - The tenant is workspace_id, which is null for the default workspace; the key is api_key_id.
//   `columns` may name other fields for both. The other groups are kept as tags; no price knows
//   inference_geo and speed yet. server_tool_use counts no tokens and is left out.
// - The id is made of the bucket and the group, so a page may be downloaded again. A bucket that
// was
//   still running then has other counts later, which is a conflict: drop pages of days that are
//   over.

#include <fmt/format.h>

#include "jobs/ingest/usage_pages.hpp"

namespace costd {
namespace {

constexpr std::int64_t long_context_edge = 200'000;

/// The parts of cache_creation; both 0 if it is not there.
struct CacheWrites {
  std::int64_t for_5m = 0;
  std::int64_t for_1h = 0;
};

CacheWrites cache_writes_of(JsonObject result) {
  const auto writes = object_at(result, "cache_creation");
  if (!writes) return {};
  return {count_at(*writes, "ephemeral_5m_input_tokens").value_or(0),
          count_at(*writes, "ephemeral_1h_input_tokens").value_or(0)};
}

ContextBand band_of_window(std::string_view window) {
  if (window.empty() || window == "0-200k") return 0;
  if (window == "200k-1M") return *band_above(long_context_edge);
  throw BadValue{"bad_context_window",
                 fmt::format("context_window \"{}\" is neither 0-200k nor 200k-1M", window)};
}

class AnthropicUsageReader : public UsagePageReader {
 public:
  using UsagePageReader::UsagePageReader;

 protected:
  bool read_result(JsonObject bucket, JsonObject result, UsageFields& fields) override {
    fields.provider = "anthropic";
    fields.tenant_id = mapped_text(result, "tenantId", "workspace_id");
    fields.api_key = mapped_text(result, "apiKey", "api_key_id");
    fields.timestamp = required(text_at(bucket, "starting_at"), "starting_at");
    const std::string_view end = required(text_at(bucket, "ending_at"), "ending_at");
    fields.id = id_of(fmt::format("anthropic {} {}", fields.timestamp, end), result,
                      {"workspace_id", "api_key_id", "model", "service_tier", "context_window",
                       "inference_geo", "speed", "account_id", "service_account_id"});
    fields.model = required_model(result, "group_by[]=model");
    read_counts(result, fields);
    fields.service_tier = service_tier_from(text_at(result, "service_tier"));
    fields.stated_band = band_of_window(text_at(result, "context_window"));
    keep_as_tags(result, {"inference_geo", "speed", "account_id", "service_account_id"}, fields);
    return *fields.input_tokens != 0 || *fields.output_tokens != 0;
  }

 private:
  static void read_counts(JsonObject result, UsageFields& fields) {
    const std::int64_t uncached =
        required(count_at(result, "uncached_input_tokens"), "uncached_input_tokens");
    const CacheWrites writes = cache_writes_of(result);
    fields.cached_input_tokens = count_at(result, "cache_read_input_tokens").value_or(0);
    fields.cache_write_1h_tokens = writes.for_1h;
    fields.cache_write_tokens = sum_of({writes.for_5m, writes.for_1h});
    fields.input_tokens = sum_of({uncached, fields.cached_input_tokens, fields.cache_write_tokens});
    fields.output_tokens = required(count_at(result, "output_tokens"), "output_tokens");
  }
};

}  // namespace

std::unique_ptr<RecordReader> make_anthropic_reader(RecordRules rules, const CsvMapping& mapping) {
  return std::make_unique<AnthropicUsageReader>(std::move(rules), mapping);
}

}  // namespace costd
