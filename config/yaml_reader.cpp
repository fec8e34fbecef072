#include "config/yaml_reader.hpp"

#include <algorithm>
#include <cassert>
#include <filesystem>
#include <set>
#include <utility>

#include "config/words.hpp"
#include "ledger/error.hpp"

namespace costd {
namespace {

const char* form_of(YamlNode::Kind kind) {
  switch (kind) {
    case YamlNode::Kind::null:
      return "nothing";
    case YamlNode::Kind::scalar:
      return "a single value";
    case YamlNode::Kind::list:
      return "a list";
    case YamlNode::Kind::map:
      return "a map";
  }
  return "unknown";
}

std::string key_name(std::string_view key) {
  return "'" + std::string(key) + "'";
}

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

}  // namespace

YamlValue YamlValue::root_of(const YamlDocument& document) {
  if (document.root.kind == YamlNode::Kind::null) {
    throw Error(ErrorCode::config,
                format_place(document.file, {}) + ": the file is empty; write its keys");
  }
  return {document, document.root, "the file"};
}

void YamlValue::fail(const std::string& message) const {
  throw Error(ErrorCode::config, where() + ": " + message);
}

void YamlValue::fail_as_written(const std::string& message) const {
  fail(name_ + " is " + "\"" + show_setting(node_->text) + "\", " + message);
}

const std::string& YamlValue::scalar() const {
  if (node_->kind == YamlNode::Kind::null) {
    fail(name_ + " has no value; give one or remove the line");
  }
  if (node_->kind != YamlNode::Kind::scalar) {
    fail(name_ + " is " + form_of(node_->kind) + "; write a single value");
  }
  return node_->text;
}

void YamlValue::check_characters() const {
  const std::string& text = scalar();
  if (std::any_of(text.begin(), text.end(), is_control)) {
    fail(name_ + " holds a line end or control character; write it in one line without");
  }
  if (!text.empty() && (is_blank(text.front()) || is_blank(text.back()))) {
    fail_as_written("with a blank at an end; remove the blank");
  }
}

std::string YamlValue::text() const {
  check_characters();
  if (scalar().empty()) fail(name_ + " is empty; give a value or remove the line");
  return scalar();
}

std::string YamlValue::text_or_blank() const {
  check_characters();
  return scalar();
}

std::int64_t YamlValue::integer(IntegerRange range) const {
  const std::optional<std::int64_t> value = parse_integer_setting(scalar());
  if (!value || *value < range.from || *value > range.to) {
    fail_as_written("not a whole number in range; write one from " + std::to_string(range.from) +
                    " to " + std::to_string(range.to));
  }
  return *value;
}

bool YamlValue::boolean() const {
  if (scalar() == "true") return true;
  if (scalar() == "false") return false;
  fail_as_written("which is neither true nor false; write one of the two");
}

std::chrono::seconds YamlValue::duration() const {
  const std::optional<std::chrono::seconds> value = parse_duration_setting(scalar());
  if (!value) {
    fail_as_written("which is no duration; write a whole number and s, m, h or d, such as 72h");
  }
  return *value;
}

Day YamlValue::day() const {
  const std::optional<Day> value = parse_day(scalar());
  if (!value) fail_as_written("which is no date; write year-month-day, such as 2026-01-31");
  return *value;
}

std::string YamlValue::choice(const Names& names) const {
  const std::string& text = scalar();
  if (std::find(names.begin(), names.end(), text) == names.end()) {
    fail_as_written("which is not known; write " + std::string(names.size() > 1 ? "one of " : "") +
                    list_names(names));
  }
  return text;
}

std::string YamlValue::path() const {
  return path_beside(text());
}

std::string YamlValue::path_beside(const std::string& path) const {
  const std::filesystem::path folder = std::filesystem::path(document_->file).parent_path();
  const std::filesystem::path whole = std::filesystem::absolute(folder / path).lexically_normal();
  // "spool/" names the same folder as "spool".
  return (whole.has_filename() ? whole : whole.parent_path()).string();
}

std::vector<YamlValue> YamlValue::items() const {
  if (node_->kind != YamlNode::Kind::list) {
    fail(name_ + " is " + form_of(node_->kind) + "; write a list, such as [a, b]");
  }
  std::vector<YamlValue> items;
  items.reserve(node_->items.size());
  for (const YamlNode& item : node_->items) {
    items.emplace_back(*document_, item, "an entry of " + name_);
  }
  return items;
}

std::vector<std::string> YamlValue::texts() const {
  std::vector<std::string> texts;
  std::set<std::string> seen;
  for (const YamlValue& item : items()) {
    texts.push_back(item.text());
    if (!seen.insert(texts.back()).second) {
      item.fail_as_written("which is in the list already; remove one of the two");
    }
  }
  return texts;
}

std::vector<std::string> YamlValue::choices(const Names& names) const {
  for (const YamlValue& item : items()) item.choice(names);
  return texts();
}

std::vector<YamlValue> YamlValue::values() const {
  if (node_->kind == YamlNode::Kind::null) {
    fail(name_ + " has no value; give its keys or remove the line");
  }
  if (node_->kind != YamlNode::Kind::map) {
    fail(name_ + " is " + form_of(node_->kind) + "; write keys and values, such as { key: value }");
  }
  std::vector<YamlValue> values;
  values.reserve(node_->entries.size());
  for (const YamlEntry& entry : node_->entries) {
    values.emplace_back(*document_, entry.value, key_name(entry.key));
  }
  return values;
}

std::map<std::string, std::string> YamlValue::pairs() const {
  const std::vector<YamlValue> all = values();
  std::map<std::string, std::string> pairs;
  for (std::size_t n = 0; n < all.size(); ++n) {
    pairs.emplace(node_->entries[n].key, all[n].text_or_blank());
  }
  return pairs;
}

YamlMap YamlValue::map(Names keys) const {
  values();  // refuses what is no map
  return {*document_, *node_, *this, std::move(keys)};
}

YamlMap::YamlMap(const YamlDocument& document, const YamlNode& node, YamlValue self, Names keys)
    : document_(&document), node_(&node), self_(std::move(self)), keys_(std::move(keys)) {
  for (const YamlEntry& entry : node_->entries) {
    if (std::find(keys_.begin(), keys_.end(), entry.key) == keys_.end()) refuse(entry);
  }
}

void YamlMap::refuse(const YamlEntry& entry) const {
  const std::optional<std::string_view> nearest = find_nearest_name(entry.key, keys_);
  const std::string remedy = nearest ? "did you mean '" + std::string(*nearest) + "'?"
                                     : self_.name() + " may have " + list_names(keys_);
  throw Error(ErrorCode::config, format_place(document_->file, entry.key_place) +
                                     ": unknown key '" + show_setting(entry.key) + "'; " + remedy);
}

std::optional<YamlValue> YamlMap::find(std::string_view key) const {
  assert(std::find(keys_.begin(), keys_.end(), key) != keys_.end());
  for (const YamlEntry& entry : node_->entries) {
    if (entry.key == key) return YamlValue(*document_, entry.value, key_name(key));
  }
  return std::nullopt;
}

YamlValue YamlMap::get(std::string_view key) const {
  std::optional<YamlValue> value = find(key);
  if (!value) self_.fail(self_.name() + " lacks " + key_name(key) + "; add it");
  return *value;
}

std::string YamlMap::text_or(std::string_view key, std::string missing) const {
  const std::optional<YamlValue> value = find(key);
  return value ? value->text() : std::move(missing);
}

std::string YamlMap::choice_or(std::string_view key, const Names& names,
                               std::string missing) const {
  const std::optional<YamlValue> value = find(key);
  return value ? value->choice(names) : std::move(missing);
}

}  // namespace costd
