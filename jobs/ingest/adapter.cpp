#include "jobs/ingest/adapter.hpp"

#include <fmt/format.h>

#include <charconv>

#include "ledger/sha256.hpp"

namespace costd {
namespace {

static_assert(line_padding_bytes >= simdjson::SIMDJSON_PADDING);

[[noreturn]] void wrong_type(std::string_view name, const char* what) {
  throw BadValue{"wrong_type", fmt::format("{} {}", name, what)};
}

template <class T>
std::optional<T> typed_at(JsonObject object, std::string_view key, const char* complaint) {
  const auto value = value_at(object, key);
  if (!value) return std::nullopt;
  T typed;
  if (value->get(typed) != simdjson::SUCCESS) wrong_type(key, complaint);
  return typed;
}

}  // namespace

JsonObject parse_object(simdjson::dom::parser& parser, std::string_view text) {
  simdjson::dom::element document;
  const auto error = parser.parse(text.data(), text.size(), false).get(document);
  if (error == simdjson::UTF8_ERROR) {
    throw BadValue{"invalid_utf8", "the line is not valid UTF-8"};
  }
  if (error != simdjson::SUCCESS) {
    throw BadValue{"malformed_json",
                   std::string("the line is no JSON object: ") + simdjson::error_message(error)};
  }
  JsonObject object;
  if (document.get(object) != simdjson::SUCCESS) {
    throw BadValue{"malformed_json", "the line is JSON, but no object"};
  }
  return object;
}

std::optional<simdjson::dom::element> value_at(JsonObject object, std::string_view key) {
  simdjson::dom::element value;
  if (object.at_key(key).get(value) != simdjson::SUCCESS || value.is_null()) return std::nullopt;
  return value;
}

std::optional<JsonObject> object_at(JsonObject object, std::string_view key) {
  return typed_at<JsonObject>(object, key, "is no object");
}

std::optional<JsonArray> array_at(JsonObject object, std::string_view key) {
  return typed_at<JsonArray>(object, key, "is no list");
}

std::string_view text_at(JsonObject object, std::string_view key) {
  return typed_at<std::string_view>(object, key, "is no text").value_or(std::string_view());
}

bool flag_at(JsonObject object, std::string_view key) {
  return typed_at<bool>(object, key, "is neither true nor false").value_or(false);
}

std::optional<std::int64_t> count_at(JsonObject object, std::string_view key) {
  const auto value = value_at(object, key);
  if (!value) return std::nullopt;
  return count_of(*value, key);
}

std::int64_t count_of(simdjson::dom::element value, std::string_view name) {
  std::string_view text;
  if (value.get(text) == simdjson::SUCCESS) return count_of(text, name);
  std::int64_t count = 0;
  if (value.get(count) != simdjson::SUCCESS) {
    wrong_type(name, "is no whole number that fits 64 bits");
  }
  return count;
}

std::int64_t count_of(std::string_view text, std::string_view name) {
  std::int64_t count = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, count);
  if (error != std::errc{} || stop != end) {
    throw BadValue{"bad_count", fmt::format("{} \"{}\" is no whole number", name, text)};
  }
  return count;
}

std::int64_t required(std::optional<std::int64_t> value, std::string_view name) {
  if (!value) throw BadValue{"missing_field", fmt::format("{} is missing", name)};
  return *value;
}

std::string_view required(std::string_view text, std::string_view name) {
  if (text.empty()) throw BadValue{"missing_field", fmt::format("{} is missing or empty", name)};
  return text;
}

std::int64_t sum_of(std::initializer_list<std::int64_t> counts) {
  std::int64_t sum = 0;
  for (const std::int64_t count : counts) {
    if (count < 0 || count > tokens_per_record_max) return count;
    sum += count;
  }
  return sum;
}

std::string_view service_tier_from(std::string_view providers_word) {
  if (providers_word == "default" || providers_word == "auto" || providers_word == "on_demand") {
    return "standard";
  }
  if (providers_word == "priority_on_demand") return "priority";
  if (providers_word == "flex_discount") return "flex";
  return providers_word;
}

std::string id_from_text(std::string_view text) {
  std::string id = sha256_hex(text).substr(0, 32);
  for (const std::size_t dash : {8, 13, 18, 23}) id.insert(dash, 1, '-');
  return id;
}

std::string_view mapped_name(const CsvMapping& mapping, const std::string& field) {
  const auto found = mapping.columns.find(field);
  return found == mapping.columns.end() ? std::string_view() : std::string_view(found->second);
}

ParsedLine finish_record(UsageFields& fields, const CsvMapping& mapping, const RecordRules& rules) {
  std::optional<Rejection> wrong;
  for (const auto& [field, value] : mapping.constants) {
    auto reason = set_field(fields, field, value);
    if (!wrong) wrong = std::move(reason);
  }
  if (wrong) return with_identity(std::move(*wrong), fields, rules);
  return build_record(fields, rules);
}

Rejection refuse(const BadValue& bad, const UsageFields& fields, const RecordRules& rules) {
  return with_identity({bad.reason, bad.detail, "", "", std::nullopt}, fields, rules);
}

}  // namespace costd
