#include "jobs/ingest/native_layout.hpp"

#include <bit>
#include <cstring>
#include <set>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace costd {
namespace {

std::uint64_t load_word(const char* at) {
  std::uint64_t word = 0;
  std::memcpy(&word, at, sizeof(word));
  return word;
}

bool is_plain(char c) {
  return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\' && c != 0x7f;
}

/// The closing quote of a string that begins at `at`; nullptr if there is an escape or a control
/// character before it. The padding's zero bytes end every search.
const char* find_quote(const char* at) {
#ifdef __SSE2__
  const __m128i quote = _mm_set1_epi8('"');
  const __m128i backslash = _mm_set1_epi8('\\');
  const __m128i control_max = _mm_set1_epi8(0x1f);
  const __m128i del = _mm_set1_epi8(0x7f);
  for (;; at += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    const __m128i controls = _mm_cmpeq_epi8(_mm_min_epu8(bytes, control_max), bytes);
    const __m128i found =
        _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, backslash)),
                     _mm_or_si128(controls, _mm_cmpeq_epi8(bytes, del)));
    const auto mask = static_cast<unsigned>(_mm_movemask_epi8(found));
    if (mask == 0) continue;
    at += std::countr_zero(mask);
    return *at == '"' ? at : nullptr;
  }
#else
  while (is_plain(*at)) ++at;
  return *at == '"' ? at : nullptr;
#endif
}

/// A whole number as JSON writes it; nullptr for signs, leading zeros and more than seven digits.
const char* read_count(const char* at, std::int64_t& count) {
  constexpr std::uint64_t zeros = 0x3030'3030'3030'3030U;
  const std::uint64_t text = load_word(at);
  // The high bit of each byte that is no digit: digits less '0' are 0 to 9.
  const std::uint64_t value = text ^ zeros;
  const std::uint64_t others = (value | (value + 0x7676'7676'7676'7676U)) & 0x8080'8080'8080'8080U;
  if (others == 0) return nullptr;
  const int bits = std::countr_zero(others) & ~7;  // of the digits
  if (bits == 0 || ((value & 0xff) == 0 && bits > 8)) return nullptr;
  // Digits to the high end, then pairs, fours and eights of them are put together at once.
  std::uint64_t digits = value << (64 - bits);
  digits = (digits * 10 + (digits >> 8)) & 0x00ff'00ff'00ff'00ffU;
  digits = (digits * 100 + (digits >> 16)) & 0x0000'ffff'0000'ffffU;
  digits = (digits * 10'000 + (digits >> 32)) & 0xffff'ffffU;
  count = static_cast<std::int64_t>(digits);
  return at + bits / 8;
}

template <std::size_t size>
const char* read_word(const char* at, const char (&word)[size]) {
  return std::memcmp(at, word, size - 1) == 0 ? at + size - 1 : nullptr;
}

bool is_digit(char c) {
  return static_cast<unsigned>(c - '0') <= 9;
}

bool is_white(char c) {
  return c == ' ' || c == '\t';
}

/// Walks over a flat JSON object for the first time, character by character.
class Walker {
 public:
  explicit Walker(std::string_view line) : line_(line) {}

  bool take(char c) {
    if (at_ >= line_.size() || line_[at_] != c) return false;
    ++at_;
    return true;
  }
  void skip_white() {
    while (at_ < line_.size() && is_white(line_[at_])) ++at_;
  }
  std::optional<std::string_view> take_string() {
    if (!take('"')) return std::nullopt;
    const std::size_t first = at_;
    while (at_ < line_.size() && is_plain(line_[at_])) ++at_;
    const std::size_t last = at_;
    if (!take('"')) return std::nullopt;
    return line_.substr(first, last - first);
  }
  /// Of the kinds that read_value knows.
  bool skip_value() {
    if (at_ < line_.size() && line_[at_] == '"') return take_string().has_value();
    for (const std::string_view word : {"true", "false", "null"}) {
      if (!line_.substr(at_).starts_with(word)) continue;
      at_ += word.size();
      return true;
    }
    const std::size_t first = at_;
    while (at_ < line_.size() && '0' <= line_[at_] && line_[at_] <= '9') ++at_;
    return at_ > first;
  }
  std::string_view since(std::size_t from) const { return line_.substr(from, at_ - from); }
  std::size_t at() const { return at_; }
  bool is_at_end() const { return at_ == line_.size(); }

 private:
  std::string_view line_;
  std::size_t at_ = 0;
};

}  // namespace

LayoutText::LayoutText(std::string_view text) : size_(text.size()) {
  const std::string ones(text.size(), '\xff');
  std::memcpy(words_.data(), text.data(), text.size());
  std::memcpy(masks_.data(), ones.data(), ones.size());
}

NativeLayout::Field NativeLayout::field_of(std::string_view key, std::string_view before) {
  Field field{Field::Kind::skipped, LayoutText(before)};
  for (const TextField& known : text_fields) {
    if (known.key == key) field.kind = Field::Kind::text, field.text = known.member;
  }
  for (const CountField& known : count_fields) {
    if (known.key == key) field.kind = Field::Kind::count, field.count = known.member;
  }
  for (const RequiredCountField& known : required_count_fields) {
    if (known.key == key) {
      field.kind = Field::Kind::required_count, field.required_count = known.member;
    }
  }
  if (key == "estimated") field.kind = Field::Kind::flag;
  return field;
}

std::optional<NativeLayout> NativeLayout::of(std::string_view line) {
  Walker walker(line);
  std::set<std::string_view> keys;
  std::vector<Field> fields;
  std::size_t from = 0;  // behind the last value
  walker.skip_white();
  if (!walker.take('{')) return std::nullopt;
  do {
    walker.skip_white();
    const auto key = walker.take_string();
    walker.skip_white();
    if (!key || !keys.insert(*key).second || *key == "tags" || !walker.take(':')) {
      return std::nullopt;
    }
    walker.skip_white();
    const std::string_view before = walker.since(from);
    if (before.size() > LayoutText::bytes_max || !walker.skip_value()) return std::nullopt;
    fields.push_back(field_of(*key, before));
    from = walker.at();
    walker.skip_white();
  } while (walker.take(','));
  if (!walker.take('}') || !walker.is_at_end()) return std::nullopt;
  if (keys.contains("tenantId") && keys.contains("workspaceId")) return std::nullopt;
  const std::string_view tail = walker.since(from);
  if (tail.size() > LayoutText::bytes_max) return std::nullopt;
  NativeLayout layout(tail);
  layout.fields_ = std::move(fields);
  layout.find_series_fields();
  return layout;
}

void NativeLayout::find_series_fields() {
  std::size_t last = 0;
  for (std::size_t n = 0; n < fields_.size(); ++n) {
    const auto text = fields_[n].text;
    const bool says_series =
        text != nullptr && (text == &UsageFields::tenant_id || text == &UsageFields::workspace_id ||
                            text == &UsageFields::api_key || text == &UsageFields::model ||
                            text == &UsageFields::provider || text == &UsageFields::service_tier);
    if (!says_series) continue;
    if (!series_fields_.empty() && n != last + 1) return series_fields_.clear();
    if (series_fields_.empty()) key_bytes_ = fields_[n].before.size() + 1;
    series_fields_.push_back(text);
    last = n;
  }
}

std::string_view NativeLayout::series_text(const UsageFields& fields) const {
  for (const auto field : series_fields_) {
    if ((fields.*field).data() == nullptr) return {};
  }
  if (series_fields_.empty()) return {};
  const char* const first = (fields.*series_fields_.front()).data() - key_bytes_;
  const std::string_view last = fields.*series_fields_.back();
  return {first, static_cast<std::size_t>(last.data() + last.size() - first)};
}

const char* NativeLayout::read_text(const char* at, std::string_view& text) {
  if (*at != '"') {
    text = {};
    return read_word(at, "null");
  }
  const char* const end = find_quote(at + 1);
  if (end != nullptr) text = {at + 1, static_cast<std::size_t>(end - at - 1)};
  return end == nullptr ? nullptr : end + 1;
}

const char* NativeLayout::read_flag(const char* at, bool& flag) {
  flag = *at == 't';
  if (flag) return read_word(at, "true");
  return *at == 'n' ? read_word(at, "null") : read_word(at, "false");
}

const char* NativeLayout::skip_value(const char* at) {
  if (*at == '"') {
    const char* const end = find_quote(at + 1);
    return end == nullptr ? nullptr : end + 1;
  }
  std::int64_t count = 0;
  if (is_digit(*at)) return read_count(at, count);
  bool flag = false;
  return read_flag(at, flag);
}

const char* NativeLayout::read_value(const char* at, const Field& field, UsageFields& fields) {
  switch (field.kind) {
    case Field::Kind::text:
      return read_text(at, fields.*field.text);
    case Field::Kind::count:
      if (is_digit(*at)) return read_count(at, fields.*field.count);
      fields.*field.count = 0;
      return read_word(at, "null");
    case Field::Kind::required_count:
      if (is_digit(*at)) return read_count(at, (fields.*field.required_count).emplace());
      fields.*field.required_count = std::nullopt;
      return read_word(at, "null");
    case Field::Kind::flag:
      return read_flag(at, fields.estimated);
    case Field::Kind::skipped:
      break;
  }
  return skip_value(at);
}

const char* NativeLayout::read(const char* at, UsageFields& fields) const {
  for (const Field& field : fields_) {
    if (!field.before.matches(at)) return nullptr;
    at = read_value(at + field.before.size(), field, fields);
    if (at == nullptr) return nullptr;
  }
  if (!tail_.matches(at)) return nullptr;
  at += tail_.size();
  if (*at == '\r') ++at;
  return *at == '\n' ? at + 1 : nullptr;
}

}  // namespace costd
