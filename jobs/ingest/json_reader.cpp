#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>

#include "jobs/ingest/record_reader.hpp"

namespace costd {
namespace {

namespace ondemand = simdjson::ondemand;
static_assert(line_padding_bytes >= simdjson::SIMDJSON_PADDING);

/// A field whose value is not of the type the gateway writes.
struct WrongType {
  std::string detail;
};

std::string_view text_of(ondemand::value value, std::string_view key) {
  if (value.is_null()) return {};
  std::string_view text;
  if (value.get_string().get(text) != simdjson::SUCCESS) {
    throw WrongType{fmt::format("{} is no text", key)};
  }
  return text;
}

std::optional<std::int64_t> count_of(ondemand::value value, std::string_view key) {
  if (value.is_null()) return std::nullopt;
  std::int64_t count = 0;
  if (value.get_int64().get(count) != simdjson::SUCCESS) {
    throw WrongType{fmt::format("{} is no whole number that fits 64 bits", key)};
  }
  return count;
}

bool flag_of(ondemand::value value, std::string_view key) {
  if (value.is_null()) return false;
  bool flag = false;
  if (value.get_bool().get(flag) != simdjson::SUCCESS) {
    throw WrongType{fmt::format("{} is neither true nor false", key)};
  }
  return flag;
}

std::vector<std::pair<std::string, std::string>> tags_of(ondemand::value value) {
  std::vector<std::pair<std::string, std::string>> tags;
  if (value.is_null()) return tags;
  ondemand::object object;
  if (value.get_object().get(object) != simdjson::SUCCESS) throw WrongType{"tags is no object"};
  for (auto field : object) {
    const std::string key(std::string_view(field.unescaped_key()));
    tags.emplace_back(key, text_of(field.value(), "tags." + key));
  }
  return tags;
}

/// Throws unless the text, up to white space, is a number as JSON writes it.
void check_number(std::string_view text) {
  const auto skip_digits = [&text] {
    const std::size_t count = std::min(text.find_first_not_of("0123456789"), text.size());
    text.remove_prefix(count);
    return count;
  };
  const auto take = [&text](std::string_view any_of) {
    if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
    text.remove_prefix(1);
    return true;
  };
  take("-");
  bool good = take("0") || skip_digits() > 0;
  if (good && take(".")) good = skip_digits() > 0;
  if (good && take("eE")) {
    take("+-");
    good = skip_digits() > 0;
  }
  if (!good || text.find_first_not_of(" \t\r\n") != std::string_view::npos) {
    throw simdjson::simdjson_error(simdjson::NUMBER_ERROR);
  }
}

/// Reads a value that nobody asked for: what is skipped is not checked by the parser.
void check_json(ondemand::value value) {
  const ondemand::json_type type = value.type();
  switch (type) {
    case ondemand::json_type::object:
      for (auto field : value.get_object()) {
        static_cast<void>(std::string_view(field.unescaped_key()));
        check_json(field.value());
      }
      break;
    case ondemand::json_type::array:
      for (auto element : value.get_array()) check_json(element.value());
      break;
    case ondemand::json_type::string:
      static_cast<void>(std::string_view(value.get_string()));
      break;
    case ondemand::json_type::number:
      // A number may be too large to be held, and is JSON all the same.
      check_number(value.raw_json_token());
      break;
    case ondemand::json_type::boolean:
      static_cast<void>(bool(value.get_bool()));
      break;
    case ondemand::json_type::null:
      if (!value.is_null()) throw simdjson::simdjson_error(simdjson::N_ATOM_ERROR);
      break;
  }
}

void read_field(UsageFields& fields, std::string_view key, ondemand::value value) {
  if (key == "id") {
    fields.id = text_of(value, key);
  } else if (key == "tenantId") {
    fields.tenant_id = text_of(value, key);
  } else if (key == "workspaceId") {
    fields.workspace_id = text_of(value, key);
  } else if (key == "apiKey") {
    fields.api_key = text_of(value, key);
  } else if (key == "model") {
    fields.model = text_of(value, key);
  } else if (key == "provider") {
    fields.provider = text_of(value, key);
  } else if (key == "inputTokens") {
    fields.input_tokens = count_of(value, key);
  } else if (key == "outputTokens") {
    fields.output_tokens = count_of(value, key);
  } else if (key == "totalTokens") {
    fields.total_tokens = count_of(value, key);
  } else if (key == "cachedInputTokens") {
    fields.cached_input_tokens = count_of(value, key).value_or(0);
  } else if (key == "cacheWriteTokens") {
    fields.cache_write_tokens = count_of(value, key).value_or(0);
  } else if (key == "cacheWrite1hTokens") {
    fields.cache_write_1h_tokens = count_of(value, key).value_or(0);
  } else if (key == "reasoningTokens") {
    fields.reasoning_tokens = count_of(value, key).value_or(0);
  } else if (key == "estimated") {
    fields.estimated = flag_of(value, key);
  } else if (key == "cacheStatus") {
    fields.cache_status = text_of(value, key);
  } else if (key == "timestamp") {
    fields.timestamp = text_of(value, key);
  } else if (key == "serviceTier") {
    fields.service_tier = text_of(value, key);
  } else if (key == "credentialFingerprint") {
    fields.credential_fingerprint = text_of(value, key);
  } else if (key == "tags") {
    fields.tags = tags_of(value);
  } else {
    check_json(value);
  }
}

class JsonReader : public RecordReader {
 public:
  explicit JsonReader(RecordRules rules) : rules_(std::move(rules)) {}

  void parse(const Line& line, std::vector<ParsedLine>& parsed) override {
    parsed.push_back(parse_record(line));
  }

 private:
  ParsedLine parse_record(const Line& line) {
    fields_.clear();
    std::optional<WrongType> wrong;
    try {
      ondemand::document document = parser_.iterate(line.text.data(), line.text.size(),
                                                    line.text.size() + simdjson::SIMDJSON_PADDING);
      for (auto field : document.get_object()) {
        const std::string_view key = field.unescaped_key();
        try {
          read_field(fields_, key, field.value());
        } catch (const WrongType& type) {
          if (!wrong) wrong = type;  // the fields after it say whose record it was
        }
      }
      if (document.current_location().error() == simdjson::SUCCESS) {
        return refuse("malformed_json", "there is text after the object");
      }
    } catch (const simdjson::simdjson_error& error) {
      const bool utf8 = error.error() == simdjson::UTF8_ERROR;
      return refuse(utf8 ? "invalid_utf8" : "malformed_json",
                    utf8 ? "the line is not valid UTF-8"
                         : std::string("the line is no JSON object: ") + error.what());
    }
    if (wrong) return refuse("wrong_type", wrong->detail);
    return build_record(fields_, rules_);
  }

  /// What was read before the fault may still say whose record it was.
  Rejection refuse(std::string reason, std::string detail) const {
    return with_identity({std::move(reason), std::move(detail), "", "", std::nullopt}, fields_,
                         rules_);
  }

  RecordRules rules_;
  ondemand::parser parser_;
  UsageFields fields_;
};

}  // namespace

bool is_blank(std::string_view text) {
  return text.find_first_not_of(" \t\r") == std::string_view::npos;
}

std::unique_ptr<RecordReader> make_json_reader(RecordRules rules) {
  return std::make_unique<JsonReader>(std::move(rules));
}

}  // namespace costd
