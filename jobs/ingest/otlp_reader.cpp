// OpenTelemetry spans of GenAI calls, as OTLP/JSON lines: what the collector's file exporter
// writes.
//
// - A record is a span with a gen_ai.usage attribute; other spans, metrics and logs are none. Spans
//   of agents, workflows and tools repeat the tokens of the calls inside of them and are left out.
// - Names of attributes are those of the current conventions, else the older ones.
// - Input includes cached tokens and output includes reasoning, as the conventions say. A span
// whose
//   parts are larger than the whole breaks them and is refused: there may be others of the same
//   instrumentation that cannot be told.
// - The model is the one that answered (gen_ai.response.model), else the requested one. Where both
//   are there and differ, the requested one is the tag requested_model.
// - The tenant is the attribute tenant.id, else workspace.id, of the span or its resource; else the
//   resource's service.namespace, else its service.name. enduser.id is a person and no tenant. The
//   source's `columns` may name other attributes for tenantId and apiKey.
// - A call is booked at the span's end. Its id is "traceId:spanId".

#include <fmt/format.h>

#include <algorithm>

#include "jobs/ingest/adapter.hpp"

namespace costd {
namespace {

using Names = std::initializer_list<std::string_view>;

constexpr std::string_view usage_prefix = "gen_ai.usage.";
constexpr std::string_view older_usage_prefix = "llm.usage.";

const Names input_names{"gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens",
                        "llm.usage.prompt_tokens"};
const Names output_names{"gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens",
                         "llm.usage.completion_tokens"};
const Names cache_read_names{"gen_ai.usage.cache_read.input_tokens",
                             "gen_ai.usage.cache_read_input_tokens",
                             "gen_ai.usage.input_tokens.cached"};
const Names cache_write_names{
    "gen_ai.usage.cache_creation.input_tokens", "gen_ai.usage.cache_write.input_tokens",
    "gen_ai.usage.cache_creation_input_tokens", "gen_ai.usage.input_tokens.cache_write"};
const Names reasoning_names{"gen_ai.usage.reasoning.output_tokens",
                            "gen_ai.usage.output_tokens.reasoning",
                            "gen_ai.usage.reasoning_tokens"};
const Names provider_names{"gen_ai.provider.name", "gen_ai.system"};
const Names tier_names{"openai.response.service_tier", "gen_ai.openai.response.service_tier"};
const Names tenant_names{"tenant.id", "workspace.id"};
const Names outer_operations{"invoke_agent", "create_agent", "invoke_workflow", "execute_tool"};

/// The attributes of one span or resource: typed values by name.
class Attributes {
 public:
  void read(const std::optional<JsonObject>& owner) {
    pairs_.clear();
    const auto list = owner ? array_at(*owner, "attributes") : std::nullopt;
    if (!list) return;
    for (const simdjson::dom::element item : *list) {
      JsonObject pair;
      if (item.get(pair) != simdjson::SUCCESS) {
        throw BadValue{"wrong_type", "attributes has an item that is no object"};
      }
      if (const auto value = object_at(pair, "value")) {
        pairs_.emplace_back(text_at(pair, "key"), *value);
      }
    }
  }

  bool has_usage() const {
    return std::ranges::any_of(pairs_, [](const auto& pair) {
      return pair.first.starts_with(usage_prefix) || pair.first.starts_with(older_usage_prefix);
    });
  }

  /// The text of the first of the names that is there; "" if none is.
  std::string_view text(Names names) const {
    for (const std::string_view name : names) {
      const auto* value = find(name);
      if (value == nullptr) continue;
      const std::string_view text = text_at(*value, "stringValue");
      if (!text.empty()) return text;
    }
    return {};
  }

  /// Numbers are texts in OTLP/JSON; some exporters write them as numbers.
  std::optional<std::int64_t> count(Names names) const {
    for (const std::string_view name : names) {
      const auto* value = find(name);
      if (value == nullptr) continue;
      const auto number = value_at(*value, "intValue");
      if (!number) throw BadValue{"wrong_type", fmt::format("{} has no intValue", name)};
      return count_of(*number, name);
    }
    return std::nullopt;
  }

 private:
  const JsonObject* find(std::string_view name) const {
    const auto found =
        std::ranges::find_if(pairs_, [&](const auto& pair) { return pair.first == name; });
    return found == pairs_.end() ? nullptr : &found->second;
  }

  std::vector<std::pair<std::string_view, JsonObject>> pairs_;
};

/// Calls `visit` with each object in the list under the key, if there is one.
template <class Visit>
void for_each_object(JsonObject owner, std::string_view key, const Visit& visit) {
  const auto list = array_at(owner, key);
  if (!list) return;
  for (const simdjson::dom::element item : *list) {
    JsonObject object;
    if (item.get(object) != simdjson::SUCCESS) {
      throw BadValue{"wrong_type", fmt::format("{} has an item that is no object", key)};
    }
    visit(object);
  }
}

class OtlpReader : public RecordReader {
 public:
  OtlpReader(RecordRules rules, CsvMapping mapping)
      : rules_(std::move(rules)),
        mapping_(std::move(mapping)),
        tenant_name_(mapped_name(mapping_, "tenantId")),
        key_name_(mapped_name(mapping_, "apiKey")) {}

  void parse(const Line& line, std::vector<ParsedLine>& parsed) override {
    fields_.clear();
    try {
      const JsonObject export_ = parse_object(parser_, line.text);
      if (!value_at(export_, "resourceSpans")) return require_other_signal(export_);
      for_each_object(export_, "resourceSpans", [&](JsonObject resource_spans) {
        read_resource(resource_spans);
        for (const char* key : {"scopeSpans", "instrumentationLibrarySpans"}) {
          for_each_object(resource_spans, key, [&](JsonObject scope_spans) {
            for_each_object(scope_spans, "spans",
                            [&](JsonObject span) { take_span(span, parsed); });
          });
        }
      });
    } catch (const BadValue& bad) {
      fields_.clear();
      parsed.emplace_back(refuse(bad, fields_, rules_));
    }
  }

 private:
  /// Metrics and logs may be in the same file.
  static void require_other_signal(JsonObject export_) {
    if (value_at(export_, "resourceMetrics") || value_at(export_, "resourceLogs")) return;
    throw BadValue{"missing_field", "resourceSpans is missing"};
  }

  void read_resource(JsonObject resource_spans) {
    resource_.read(object_at(resource_spans, "resource"));
  }

  /// One bad span does not keep the others of its line out.
  void take_span(JsonObject span, std::vector<ParsedLine>& parsed) {
    fields_.clear();
    try {
      attributes_.read(span);
      if (!attributes_.has_usage() || is_outer(attributes_.text({"gen_ai.operation.name"}))) {
        return;
      }
      read_identity(span);
      read_call();
      parsed.push_back(finish_record(fields_, mapping_, rules_));
    } catch (const BadValue& bad) {
      parsed.emplace_back(refuse(bad, fields_, rules_));
    }
  }

  static bool is_outer(std::string_view operation) {
    return std::ranges::find(outer_operations, operation) != outer_operations.end();
  }

  void read_identity(JsonObject span) {
    fields_.tenant_id = tenant();
    if (!key_name_.empty()) fields_.api_key = own_or_resource({key_name_});
    const std::string_view trace = required(text_at(span, "traceId"), "traceId");
    const std::string_view id = required(text_at(span, "spanId"), "spanId");
    id_ = fmt::format("{}:{}", trace, id);
    fields_.id = id_;
    const std::int64_t nanos = required(count_at(span, "endTimeUnixNano"), "endTimeUnixNano");
    fields_.at = from_micros(nanos / 1'000);
  }

  std::string_view own_or_resource(Names names) const {
    const std::string_view own = attributes_.text(names);
    return own.empty() ? resource_.text(names) : own;
  }

  std::string_view tenant() const {
    if (!tenant_name_.empty()) return own_or_resource({tenant_name_});
    const std::string_view named = own_or_resource(tenant_names);
    if (!named.empty()) return named;
    const std::string_view space = resource_.text({"service.namespace"});
    return space.empty() ? service() : space;
  }

  /// What runs without a name is "unknown_service:..." by the conventions, which names nobody.
  std::string_view service() const {
    const std::string_view name = resource_.text({"service.name"});
    return name.starts_with("unknown_service") ? std::string_view() : name;
  }

  void read_call() {
    fields_.provider = attributes_.text(provider_names);
    const std::string_view asked_for = attributes_.text({"gen_ai.request.model"});
    fields_.model = attributes_.text({"gen_ai.response.model"});
    if (fields_.model.empty()) fields_.model = asked_for;
    required(fields_.model, "gen_ai.response.model");
    fields_.input_tokens = required(attributes_.count(input_names), *input_names.begin());
    fields_.output_tokens = attributes_.count(output_names);
    if (attributes_.text({"gen_ai.operation.name"}) == "embeddings" && !fields_.output_tokens) {
      fields_.output_tokens = 0;
    }
    required(fields_.output_tokens, *output_names.begin());
    fields_.cached_input_tokens = attributes_.count(cache_read_names).value_or(0);
    fields_.cache_write_tokens = attributes_.count(cache_write_names).value_or(0);
    fields_.reasoning_tokens = attributes_.count(reasoning_names).value_or(0);
    fields_.service_tier = service_tier_from(attributes_.text(tier_names));
    if (!asked_for.empty() && asked_for != fields_.model) {
      fields_.tags.emplace_back("requested_model", asked_for);
    }
    if (!service().empty()) fields_.tags.emplace_back("service", service());
  }

  RecordRules rules_;
  CsvMapping mapping_;
  std::string_view tenant_name_;
  std::string_view key_name_;
  simdjson::dom::parser parser_;
  Attributes resource_;
  Attributes attributes_;
  UsageFields fields_;
  std::string id_;
};

}  // namespace

std::unique_ptr<RecordReader> make_otlp_reader(RecordRules rules, const CsvMapping& mapping) {
  return std::make_unique<OtlpReader>(std::move(rules), mapping);
}

}  // namespace costd
