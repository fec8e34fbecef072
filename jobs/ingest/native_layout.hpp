#pragma once
// The fast way through the gateway's JSON lines: a line is expected to be laid out like one before.

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>
#include <vector>

#include "jobs/ingest/usage_fields.hpp"

namespace costd {

/// The text between two values, compared eight bytes at a time.
class LayoutText {
 public:
  static constexpr std::size_t bytes_max = 64;
  explicit LayoutText(std::string_view text);
  /// Reads bytes_max bytes at `at`.
  bool matches(const char* at) const {
    if (difference(at, 0) != 0) return false;
    return size_ <= bytes_max / 2 || difference(at, words_.size() / 2) == 0;
  }
  std::size_t size() const { return size_; }

 private:
  /// Of half of the words, without a branch between them.
  std::uint64_t difference(const char* at, std::size_t first) const {
    std::uint64_t difference = 0;
    for (std::size_t word = first; word < first + words_.size() / 2; ++word) {
      std::uint64_t text = 0;
      std::memcpy(&text, at + word * sizeof(text), sizeof(text));
      difference |= (text ^ words_[word]) & masks_[word];
    }
    return difference;
  }

  std::array<std::uint64_t, bytes_max / 8> words_{};
  std::array<std::uint64_t, bytes_max / 8> masks_{};  ///< of the bytes that belong to the text
  std::size_t size_ = 0;
};

/// The keys of one flat JSON object, their order, and the white space around them. Reads another
/// line of the same layout by comparing what stands between the values; whatever else a line may
/// be, it is left to the general reader, so that both read every line alike.
class NativeLayout {
 public:
  /// The layout of the line (without its end); nothing if it has escapes, nested values, fractions,
  /// repeated keys or both names of the tenant.
  static std::optional<NativeLayout> of(std::string_view line);

  /// Reads the line at `at` into the fields that the layout has, leaving the others alone. Gives
  /// the place behind the line's end, or nullptr if the line is laid out otherwise. The text must
  /// be valid UTF-8 and end in line_padding_bytes zero bytes. Text read has no control characters;
  /// counts have at most seven digits and no sign.
  const char* read(const char* at, UsageFields& fields) const;

  /// The text of the last line read that says which series it belongs to: keys and values from the
  /// first of these fields to the last, if they stand side by side and none is null; else empty.
  std::string_view series_text(const UsageFields& fields) const;

 private:
  struct Field {
    enum class Kind { text, count, required_count, flag, skipped } kind = Kind::skipped;
    LayoutText before;
    std::string_view UsageFields::*text = nullptr;
    std::int64_t UsageFields::*count = nullptr;
    std::optional<std::int64_t> UsageFields::*required_count = nullptr;
  };
  explicit NativeLayout(std::string_view tail) : tail_(tail) {}
  // Each gives the place behind the value, or nullptr if it is none of the kind; null is one.
  static const char* read_value(const char* at, const Field& field, UsageFields& fields);
  static const char* read_text(const char* at, std::string_view& text);
  static const char* read_flag(const char* at, bool& flag);
  static const char* skip_value(const char* at);
  static Field field_of(std::string_view key, std::string_view before);

  void find_series_fields();

  std::vector<Field> fields_;
  LayoutText tail_;
  std::vector<std::string_view UsageFields::*> series_fields_;  ///< empty if not side by side
  std::size_t key_bytes_ = 0;  ///< before the first of these fields' text
};

}  // namespace costd
