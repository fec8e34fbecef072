#pragma once
// What the readers of other gateways' and providers' formats share: values out of JSON documents,
// where null is the same as nothing, and the last step to a record.

#include <simdjson.h>

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "jobs/ingest/record_reader.hpp"

namespace costd {

/// Why a value keeps a record from being built; thrown and caught inside one reader.
struct BadValue {
  std::string reason;
  std::string detail;
};

using JsonObject = simdjson::dom::object;
using JsonArray = simdjson::dom::array;

/// The object that the text is; valid until the parser's next use. line_padding_bytes behind the
/// text must be readable. Throws BadValue.
JsonObject parse_object(simdjson::dom::parser& parser, std::string_view text);

/// The value under the key; nothing if it is not there or null.
std::optional<simdjson::dom::element> value_at(JsonObject object, std::string_view key);
/// These throw BadValue if the value is there and of another type.
std::optional<JsonObject> object_at(JsonObject object, std::string_view key);
std::optional<JsonArray> array_at(JsonObject object, std::string_view key);
std::string_view text_at(JsonObject object, std::string_view key);  ///< "" if there is none
bool flag_at(JsonObject object, std::string_view key);              ///< false if there is none
/// A whole number, also where it is written as text.
std::optional<std::int64_t> count_at(JsonObject object, std::string_view key);
std::int64_t count_of(simdjson::dom::element value, std::string_view name);
std::int64_t count_of(std::string_view text, std::string_view name);

/// The value; throws BadValue("missing_field") naming it if there is none.
std::int64_t required(std::optional<std::int64_t> value, std::string_view name);
std::string_view required(std::string_view text, std::string_view name);

/// The sum, or a value that build_record refuses if a part or the sum is out of bounds.
std::int64_t sum_of(std::initializer_list<std::int64_t> counts);

/// Our word for what providers call a service tier; a word nobody uses comes back as it is, and
/// build_record refuses it.
std::string_view service_tier_from(std::string_view providers_word);

/// Identity of a record that is known by what it says: the same text, the same UUID-like id.
std::string id_from_text(std::string_view text);

/// The mapping's name for a record field, "" if it has none.
std::string_view mapped_name(const CsvMapping& mapping, const std::string& field);

/// The record, with the mapping's constants in place of what the source says.
ParsedLine finish_record(UsageFields& fields, const CsvMapping& mapping, const RecordRules& rules);

/// The rejection that a bad value ends in, with what the fields say of the record so far.
Rejection refuse(const BadValue& bad, const UsageFields& fields, const RecordRules& rules);

}  // namespace costd
