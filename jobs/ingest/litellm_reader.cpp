// Rows of LiteLLM's table LiteLLM_SpendLogs, as JSON lines or as a CSV export of the table.
//
// - A call is booked at startTime, as LiteLLM's own daily tables do; without a zone it is UTC.
// - prompt_tokens holds the cached tokens (LiteLLM follows OpenAI there for every provider). Some
//   older rows keep Anthropic's way, with cache reads and writes outside of it. Where the parts are
//   larger than the whole it must be such a row, and they are added to it, once. An older row
//   whose parts happen to be smaller cannot be told from a newer one.
// - The tenant is team_id, else organization_id. `user`, `end_user`, what the caller asked for
//   (model_group) and request_tags are kept as tags.
// - A model written as "provider/model" loses the provider, which has a column of its own.
// - A failed call that used no tokens is no usage: neither a record nor a rejection.
// - The row of a batch (call_type aretrieve_batch) sums up all its calls: tier batch, and no
//   long-context price may follow from its size.
// - `spend` is not taken over: tokens are priced here.

#include <algorithm>

#include "jobs/ingest/adapter.hpp"
#include "jobs/ingest/format.hpp"

namespace costd {
namespace {

/// Where a row's metadata and tags are parsed, which may be JSON or text that holds JSON.
struct NestedParsers {
  simdjson::dom::parser metadata;
  simdjson::dom::parser tags;
};

simdjson::dom::element parse_nested(simdjson::dom::parser& parser, std::string_view text,
                                    std::string_view name) {
  simdjson::dom::element value;
  if (parser.parse(text.data(), text.size()).get(value) != simdjson::SUCCESS) {
    throw BadValue{"malformed_json", std::string(name) + " holds text that is no JSON"};
  }
  return value;
}

class JsonRow {
 public:
  explicit JsonRow(JsonObject object) : object_(object) {}

  std::string_view text(std::string_view name) const {
    const auto value = value_at(object_, name);
    bool flag = false;
    if (value && value->get(flag) == simdjson::SUCCESS) return flag ? "true" : "false";
    return text_at(object_, name);
  }
  std::optional<std::int64_t> count(std::string_view name) const { return count_at(object_, name); }
  std::optional<simdjson::dom::element> json(std::string_view name,
                                             simdjson::dom::parser& parser) const {
    const auto value = value_at(object_, name);
    std::string_view nested;
    if (!value || value->get(nested) != simdjson::SUCCESS) return value;
    if (nested.empty()) return std::nullopt;
    return parse_nested(parser, nested, name);
  }

 private:
  JsonObject object_;
};

class CsvRow {
 public:
  CsvRow(const CsvFields& names, const CsvFields& values) : names_(names), values_(values) {}

  /// "" if there is no such column.
  std::string_view text(std::string_view name) const {
    for (std::size_t n = 0; n < names_.size(); ++n) {
      if (names_[n] == name) return values_[n];
    }
    return {};
  }
  std::optional<std::int64_t> count(std::string_view name) const {
    const std::string_view value = text(name);
    return value.empty() ? std::nullopt : std::optional(count_of(value, name));
  }
  std::optional<simdjson::dom::element> json(std::string_view name,
                                             simdjson::dom::parser& parser) const {
    const std::string_view value = text(name);
    if (value.empty()) return std::nullopt;
    return parse_nested(parser, value, name);
  }

 private:
  const CsvFields& names_;
  const CsvFields& values_;
};

std::int64_t first_positive(std::initializer_list<std::int64_t> counts) {
  for (const std::int64_t count : counts) {
    if (count != 0) return count;
  }
  return 0;
}

/// A count of a part that need not be there.
std::int64_t part_at(const std::optional<JsonObject>& object, std::string_view key) {
  return object ? count_at(*object, key).value_or(0) : 0;
}

std::optional<JsonObject> inner(const std::optional<JsonObject>& object, std::string_view key) {
  return object ? object_at(*object, key) : std::nullopt;
}

/// What one usage object of the metadata says beyond the columns; what is known already stays.
void add_usage_details(UsageFields& fields, JsonObject usage) {
  const auto prompt = inner(usage, "prompt_tokens_details");
  auto writes = inner(prompt, "cache_creation_token_details");
  if (!writes) writes = inner(usage, "cache_creation_token_details");
  if (!writes) writes = inner(usage, "cache_creation");
  const std::int64_t for_1h = part_at(writes, "ephemeral_1h_input_tokens");
  fields.cached_input_tokens =
      first_positive({fields.cached_input_tokens, part_at(usage, "cache_read_input_tokens"),
                      part_at(prompt, "cached_tokens")});
  fields.cache_write_tokens = first_positive(
      {fields.cache_write_tokens, part_at(usage, "cache_creation_input_tokens"),
       part_at(prompt, "cache_creation_tokens"), part_at(prompt, "cache_write_tokens"),
       sum_of({part_at(writes, "ephemeral_5m_input_tokens"), for_1h})});
  fields.cache_write_1h_tokens = first_positive({fields.cache_write_1h_tokens, for_1h});
  fields.reasoning_tokens =
      first_positive({fields.reasoning_tokens,
                      part_at(inner(usage, "completion_tokens_details"), "reasoning_tokens")});
  if (fields.service_tier.empty()) {
    fields.service_tier = service_tier_from(text_at(usage, "service_tier"));
  }
}

/// Adds the cached tokens to input and total where the row has them outside; see above.
void include_cached_tokens(UsageFields& fields) {
  const std::int64_t parts = sum_of({fields.cached_input_tokens, fields.cache_write_tokens});
  if (parts <= *fields.input_tokens) return;
  fields.input_tokens = sum_of({*fields.input_tokens, parts});
  if (fields.total_tokens) fields.total_tokens = sum_of({*fields.total_tokens, parts});
}

void add_tag(UsageFields& fields, std::string_view name, std::string_view value) {
  if (!value.empty()) fields.tags.emplace_back(name, value);
}

/// "team: search" becomes the tag team; a text without a colon, or whose name is taken, is a tag
/// by itself.
void add_request_tag(UsageFields& fields, std::string_view text) {
  const std::size_t colon = text.find(':');
  const std::string_view name = text.substr(0, colon);
  const bool is_taken = std::ranges::any_of(
      fields.tags, [&](const auto& tag) { return std::string_view(tag.first) == name; });
  if (colon == std::string_view::npos || colon == 0 || is_taken) {
    fields.tags.emplace_back(text, "");
    return;
  }
  const std::size_t value = text.find_first_not_of(' ', colon + 1);
  fields.tags.emplace_back(name, value == std::string_view::npos ? "" : text.substr(value));
}

bool is_batch_total(std::string_view call_type) {
  return call_type == "aretrieve_batch" || call_type == "retrieve_batch";
}

/// What the readers of both ways have in common.
class LitellmRows {
 public:
  LitellmRows(RecordRules rules, CsvMapping mapping)
      : rules_(std::move(rules)), mapping_(std::move(mapping)) {
    rules_.missing_zone = MissingZone::utc;
  }

  void begin_row() { fields_.clear(); }

  template <class Row>
  void add(const Row& row, std::vector<ParsedLine>& parsed) {
    read_identity(row);
    const auto metadata = metadata_of(row);
    const auto prompt = row.count("prompt_tokens");
    const auto completion = row.count("completion_tokens");
    std::string_view status = row.text("status");
    if (status.empty() && metadata) status = text_at(*metadata, "status");
    if (status == "failure" && prompt.value_or(0) == 0 && completion.value_or(0) == 0) return;
    required(fields_.id, "request_id");
    required(fields_.timestamp, "startTime");
    required(fields_.model, "model");
    fields_.input_tokens = required(prompt, "prompt_tokens");
    fields_.output_tokens = required(completion, "completion_tokens");
    fields_.total_tokens = row.count("total_tokens");
    const std::string_view hit = row.text("cache_hit");
    if (hit == "True" || hit == "true") fields_.cache_status = "HIT";
    for (const char* name : {"usage_object", "additional_usage_values"}) {
      if (const auto usage = inner(metadata, name)) add_usage_details(fields_, *usage);
    }
    include_cached_tokens(fields_);
    if (is_batch_total(row.text("call_type"))) {
      fields_.service_tier = "batch";
      fields_.stated_band = ContextBand{0};
    }
    read_tags(row);
    parsed.push_back(finish_record(fields_, mapping_, rules_));
  }

  Rejection refuse_row(const BadValue& bad) const { return refuse(bad, fields_, rules_); }

 private:
  template <class Row>
  void read_identity(const Row& row) {
    const auto mapped = [&](const std::string& field) {
      const std::string_view name = mapped_name(mapping_, field);
      return name.empty() ? std::string_view() : row.text(name);
    };
    fields_.id = row.text("request_id");
    fields_.timestamp = row.text("startTime");
    fields_.tenant_id = mapped("tenantId");
    for (const char* name : {"team_id", "organization_id"}) {
      if (fields_.tenant_id.empty()) fields_.tenant_id = row.text(name);
    }
    fields_.api_key = mapped("apiKey");
    if (fields_.api_key.empty()) fields_.api_key = row.text("api_key");
    if (fields_.api_key == "None") fields_.api_key = {};  // how LiteLLM writes none
    fields_.provider = row.text("custom_llm_provider");
    fields_.model = row.text("model");
    const std::size_t slash = fields_.provider.size();
    if (slash > 0 && fields_.model.size() > slash + 1 &&
        fields_.model.starts_with(fields_.provider) && fields_.model[slash] == '/') {
      fields_.model.remove_prefix(slash + 1);
    }
  }

  template <class Row>
  std::optional<JsonObject> metadata_of(const Row& row) {
    const auto metadata = row.json("metadata", nested_.metadata);
    JsonObject object;
    if (!metadata || metadata->get(object) != simdjson::SUCCESS) return std::nullopt;
    return object;
  }

  template <class Row>
  void read_tags(const Row& row) {
    add_tag(fields_, "user", row.text("user"));
    add_tag(fields_, "end_user", row.text("end_user"));
    const std::string_view asked_for = row.text("model_group");
    if (asked_for != fields_.model && asked_for != row.text("model")) {
      add_tag(fields_, "requested_model", asked_for);
    }
    const auto tags = row.json("request_tags", nested_.tags);
    JsonArray list;
    if (!tags || tags->get(list) != simdjson::SUCCESS) return;
    for (const simdjson::dom::element tag : list) {
      std::string_view text;
      if (tag.get(text) != simdjson::SUCCESS) {
        throw BadValue{"wrong_type", "request_tags has a tag that is no text"};
      }
      if (!text.empty()) add_request_tag(fields_, text);
    }
  }

  RecordRules rules_;
  CsvMapping mapping_;
  NestedParsers nested_;
  UsageFields fields_;
};

class LitellmJsonReader : public RecordReader {
 public:
  LitellmJsonReader(RecordRules rules, CsvMapping mapping)
      : rows_(std::move(rules), std::move(mapping)) {}

  void parse(const Line& line, std::vector<ParsedLine>& parsed) override {
    rows_.begin_row();
    try {
      rows_.add(JsonRow(parse_object(parser_, line.text)), parsed);
    } catch (const BadValue& bad) {
      parsed.emplace_back(rows_.refuse_row(bad));
    }
  }

 private:
  LitellmRows rows_;
  simdjson::dom::parser parser_;
};

class LitellmCsvReader : public RecordReader {
 public:
  LitellmCsvReader(RecordRules rules, CsvMapping mapping, CsvFields names)
      : rows_(std::move(rules), std::move(mapping)), names_(std::move(names)) {}

  void parse(const Line& line, std::vector<ParsedLine>& parsed) override {
    rows_.begin_row();
    // Outlives what points into it, a refused row's rejection among it.
    const auto row = csv_row(line.text, names_.size());
    try {
      if (const auto* rejection = std::get_if<Rejection>(&row)) {
        parsed.emplace_back(*rejection);
      } else {
        rows_.add(CsvRow(names_, std::get<CsvFields>(row)), parsed);
      }
    } catch (const BadValue& bad) {
      parsed.emplace_back(rows_.refuse_row(bad));
    }
  }

 private:
  LitellmRows rows_;
  CsvFields names_;
};

}  // namespace

std::unique_ptr<RecordReader> make_litellm_reader(RecordRules rules, const CsvMapping& mapping,
                                                  std::string_view first_line) {
  if (!begins_with_header(RecordFormat::litellm, first_line)) {
    return std::make_unique<LitellmJsonReader>(std::move(rules), mapping);
  }
  return std::make_unique<LitellmCsvReader>(std::move(rules), mapping, csv_header(first_line));
}

}  // namespace costd
