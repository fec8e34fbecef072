// Pages of OpenAI's organization usage: GET /v1/organization/usage/completions (or /embeddings).
//
// - A record is one result: the sum over the calls of a group in a bucket of time, booked at the
//   bucket's start. Ask for group_by=model at least; without a model nothing can be priced.
// - input_tokens includes cached and cache-write tokens. Audio and image tokens are parts of it and
//   are priced like text.
// - Batch jobs have the tier batch, whatever service_tier says. The tenant is project_id, the key
//   api_key_id; `columns` may name other fields for both. user_id is kept as a tag.
// - The id is made of the bucket and the group, so a page may be downloaded again. A bucket that
// was
//   still running then has other counts later, which is a conflict: drop pages of days that are
//   over.

#include <fmt/format.h>

#include <algorithm>

#include "jobs/ingest/usage_pages.hpp"

namespace costd {
namespace {

constexpr std::string_view completions = "organization.usage.completions.result";
constexpr std::string_view embeddings = "organization.usage.embeddings.result";

Instant instant_from_seconds(std::int64_t seconds) {
  // What is far outside of any calendar is refused by build_record; it must only not overflow.
  const std::int64_t limit = tokens_per_record_max;
  return Instant(std::chrono::seconds(std::clamp(seconds, -limit, limit)));
}

class OpenAiUsageReader : public UsagePageReader {
 public:
  using UsagePageReader::UsagePageReader;

 protected:
  bool read_result(JsonObject bucket, JsonObject result, UsageFields& fields) override {
    fields.provider = "openai";
    fields.tenant_id = mapped_text(result, "tenantId", "project_id");
    fields.api_key = mapped_text(result, "apiKey", "api_key_id");
    const std::int64_t start = required(count_at(bucket, "start_time"), "start_time");
    const std::int64_t end = required(count_at(bucket, "end_time"), "end_time");
    fields.at = instant_from_seconds(start);
    const std::string_view kind = text_at(result, "object");
    if (!kind.empty() && kind != completions && kind != embeddings) {
      throw BadValue{"not_token_usage", fmt::format("object is \"{}\"; the usage of completions "
                                                    "and embeddings is taken",
                                                    kind)};
    }
    fields.id =
        id_of(fmt::format("openai {} {} {}", kind == embeddings ? "embeddings" : "", start, end),
              result, {"project_id", "user_id", "api_key_id", "model", "batch", "service_tier"});
    fields.model = required_model(result, "group_by=model");
    read_counts(result, kind == embeddings, fields);
    fields.service_tier =
        flag_at(result, "batch") ? "batch" : service_tier_from(text_at(result, "service_tier"));
    keep_as_tags(result, {"user_id"}, fields);
    return fields.requests > 0 || *fields.input_tokens > 0 || *fields.output_tokens > 0;
  }

 private:
  static void read_counts(JsonObject result, bool is_embeddings, UsageFields& fields) {
    fields.input_tokens = required(count_at(result, "input_tokens"), "input_tokens");
    const auto output = count_at(result, "output_tokens");
    fields.output_tokens = is_embeddings ? output.value_or(0) : required(output, "output_tokens");
    fields.cached_input_tokens = count_at(result, "input_cached_tokens").value_or(0);
    fields.cache_write_tokens = count_at(result, "input_cache_write_tokens").value_or(0);
    fields.requests = required(count_at(result, "num_model_requests"), "num_model_requests");
  }
};

}  // namespace

std::unique_ptr<RecordReader> make_openai_reader(RecordRules rules, const CsvMapping& mapping) {
  return std::make_unique<OpenAiUsageReader>(std::move(rules), mapping);
}

}  // namespace costd
