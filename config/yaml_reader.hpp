#pragma once
// Typed reading of a YAML tree: each reader checks what it reads and complains with the place, the
// key and the remedy. Readers point into the document and must not outlive it.

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/words.hpp"
#include "config/yaml_document.hpp"
#include "ledger/time/calendar.hpp"

namespace costd {

class YamlMap;

/// Both bounds are inclusive.
struct IntegerRange {
  std::int64_t from;
  std::int64_t to;
};

/// One value with the words that messages call it by: 'cron', or an entry of 'jobs'. Everything
/// throws Error(config) when the value is not what is asked for.
class YamlValue {
 public:
  /// Refuses an empty file.
  static YamlValue root_of(const YamlDocument& document);
  YamlValue(const YamlDocument& document, const YamlNode& node, std::string name)
      : document_(&document), node_(&node), name_(std::move(name)) {}

  const std::string& name() const { return name_; }
  YamlPlace place() const { return node_->place; }
  const std::string& file() const { return document_->file; }
  std::string where() const { return format_place(document_->file, place()); }
  /// `message` says what is wrong, then "; ", then what to do.
  [[noreturn]] void fail(const std::string& message) const;
  /// The same, with the name and the value as written in front: 'cron' is "x", ...
  [[noreturn]] void fail_as_written(const std::string& message) const;

  /// Not empty, no blanks around it, no control characters.
  std::string text() const;
  /// The same, or nothing between quotes.
  std::string text_or_blank() const;
  /// Any text, with its line ends.
  std::string lines() const { return scalar(); }
  std::int64_t integer(IntegerRange range) const;
  bool boolean() const;  ///< true or false
  /// A whole number of seconds, minutes, hours or days: 45s, 30m, 72h, 7d.
  std::chrono::seconds duration() const;
  Day day() const;
  /// One of the names, as written there.
  std::string choice(const Names& names) const;
  /// Absolute; a relative path starts at the folder of the document's file.
  std::string path() const;
  /// The same for a path that was not written down.
  std::string path_beside(const std::string& path) const;
  std::vector<YamlValue> items() const;
  /// A text that stands there twice is refused; the list may be empty.
  std::vector<std::string> texts() const;
  /// The same, each one of the names.
  std::vector<std::string> choices(const Names& names) const;
  /// Keys of any name with texts that may be blank.
  std::map<std::string, std::string> pairs() const;
  /// A map with keys of these names only.
  YamlMap map(Names keys) const;
  /// A map with keys of any name, each with its value.
  std::vector<YamlValue> values() const;

 private:
  const std::string& scalar() const;
  void check_characters() const;

  const YamlDocument* document_;
  const YamlNode* node_;
  std::string name_;
};

/// A map whose keys are known: any other key is refused, naming the nearest known one.
class YamlMap {
 public:
  YamlMap(const YamlDocument& document, const YamlNode& node, YamlValue self, Names keys);

  const YamlValue& self() const { return self_; }
  /// Only keys given to the constructor may be asked for.
  std::optional<YamlValue> find(std::string_view key) const;
  /// Refuses the map where the key is missing.
  YamlValue get(std::string_view key) const;
  std::string text_or(std::string_view key, std::string missing) const;
  std::string choice_or(std::string_view key, const Names& names, std::string missing) const;

 private:
  [[noreturn]] void refuse(const YamlEntry& entry) const;

  const YamlDocument* document_;
  const YamlNode* node_;
  YamlValue self_;
  Names keys_;
};

}  // namespace costd
