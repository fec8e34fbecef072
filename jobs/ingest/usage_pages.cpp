#include "jobs/ingest/usage_pages.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace costd {
namespace {

std::vector<JsonObject> objects_at(JsonObject owner, std::string_view key) {
  const auto list = array_at(owner, key);
  if (!list) throw BadValue{"missing_field", fmt::format("{} is missing", key)};
  std::vector<JsonObject> objects;
  for (const simdjson::dom::element item : *list) {
    JsonObject object;
    if (item.get(object) != simdjson::SUCCESS) {
      throw BadValue{"wrong_type", fmt::format("{} has an item that is no object", key)};
    }
    objects.push_back(object);
  }
  return objects;
}

}  // namespace

void UsagePageReader::parse(const Line& document, std::vector<ParsedLine>& parsed) {
  fields_.clear();
  try {
    const JsonObject page = parse_object(parser_, document.text);
    for (const JsonObject bucket : objects_at(page, "data")) {
      for (const JsonObject result : objects_at(bucket, "results")) {
        take_result(bucket, result, parsed);
      }
    }
  } catch (const BadValue& bad) {
    fields_.clear();
    parsed.emplace_back(refuse(bad, fields_, rules_));
  }
}

/// One bad result does not keep the others of its page out.
void UsagePageReader::take_result(JsonObject bucket, JsonObject result,
                                  std::vector<ParsedLine>& parsed) {
  fields_.clear();
  try {
    if (read_result(bucket, result, fields_)) {
      parsed.push_back(finish_record(fields_, mapping_, rules_));
    }
  } catch (const BadValue& bad) {
    parsed.emplace_back(refuse(bad, fields_, rules_));
  }
}

std::string_view UsagePageReader::mapped_text(JsonObject result, const std::string& field,
                                              std::string_view usual) const {
  const std::string_view mapped = mapped_name(mapping_, field);
  return text_at(result, mapped.empty() ? usual : mapped);
}

std::string_view UsagePageReader::id_of(const std::string& bucket, JsonObject result,
                                        std::initializer_list<std::string_view> groups) {
  // As JSON, so that no value can be taken for two.
  nlohmann::json identity{bucket};
  for (const std::string_view group : groups) {
    const auto value = value_at(result, group);
    identity.push_back(value ? nlohmann::json(simdjson::minify(*value)) : nlohmann::json());
  }
  return id_ = id_from_text(identity.dump());
}

void keep_as_tags(JsonObject result, std::initializer_list<std::string_view> names,
                  UsageFields& fields) {
  for (const std::string_view name : names) {
    const std::string_view value = text_at(result, name);
    if (!value.empty()) fields.tags.emplace_back(name, value);
  }
}

std::string_view required_model(JsonObject result, std::string_view query) {
  const std::string_view model = text_at(result, "model");
  if (model.empty()) {
    throw BadValue{"missing_field",
                   fmt::format("model is missing; ask for the report with {}", query)};
  }
  return model;
}

}  // namespace costd
