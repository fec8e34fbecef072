#include "ledger/store/column_codec.hpp"

#include <zstd.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cstring>
#include <numeric>
#include <unordered_map>

#include "ledger/error.hpp"
#include "ledger/store/fast_hash.hpp"

namespace costd {
namespace {

constexpr int label_level = 1;
constexpr std::size_t column_bytes_max = std::size_t{1} << 30;
constexpr std::uint64_t column_values_max = std::uint64_t{1} << 24;
/// Behind the last column, so that a packed value can be read as eight bytes wherever it stands.
constexpr std::size_t checksum_bytes = 8;
constexpr std::size_t uuid_text_bytes = 36;
constexpr std::size_t uuid_bytes = 16;

static_assert(std::endian::native == std::endian::little, "packed columns are little-endian");

[[noreturn]] void refuse_column(const char* why) {
  throw Error(ErrorCode::data, std::string("a usage block is damaged (") + why +
                                   "); restore the database from a backup");
}

std::uint64_t distance(std::int64_t from, std::int64_t to) {
  return static_cast<std::uint64_t>(to) - static_cast<std::uint64_t>(from);
}

std::size_t bytes_for(std::uint64_t value) {
  return (static_cast<std::size_t>(std::bit_width(value)) + 7) / 8;
}

/// Sixteen lower-case hex digits, the first of them the most significant; false if they are none.
bool read_hex(const char* digits, std::uint64_t& value) {
#ifdef __SSE2__
  const __m128i text = _mm_loadu_si128(reinterpret_cast<const __m128i*>(digits));
  const auto is_between = [&](char first, char last) {
    return _mm_and_si128(_mm_cmpgt_epi8(text, _mm_set1_epi8(static_cast<char>(first - 1))),
                         _mm_cmplt_epi8(text, _mm_set1_epi8(static_cast<char>(last + 1))));
  };
  const __m128i letters = is_between('a', 'f');
  if (_mm_movemask_epi8(_mm_or_si128(letters, is_between('0', '9'))) != 0xffff) return false;
  const __m128i offsets =
      _mm_add_epi8(_mm_set1_epi8('0'), _mm_and_si128(letters, _mm_set1_epi8('a' - '0' - 10)));
  const __m128i nibbles = _mm_sub_epi8(text, offsets);
  // Two nibbles stand in each 16 bits, the higher one first.
  const __m128i bytes = _mm_and_si128(
      _mm_or_si128(_mm_slli_epi16(nibbles, 4), _mm_srli_epi16(nibbles, 8)), _mm_set1_epi16(0xff));
  std::uint64_t packed = 0;
  _mm_storel_epi64(reinterpret_cast<__m128i*>(&packed), _mm_packus_epi16(bytes, bytes));
  value = __builtin_bswap64(packed);
  return true;
#else
  value = 0;
  for (int n = 0; n < 16; ++n) {
    const char c = digits[n];
    const bool is_letter = 'a' <= c && c <= 'f';
    if (!is_letter && (c < '0' || c > '9')) return false;
    value = value << 4 | static_cast<std::uint64_t>(is_letter ? c - 'a' + 10 : c - '0');
  }
  return true;
#endif
}

/// Places of the digit pairs in the canonical text, without the dashes.
constexpr std::array<std::size_t, uuid_bytes> digit_places{0,  2,  4,  6,  9,  11, 14, 16,
                                                           19, 21, 24, 26, 28, 30, 32, 34};

}  // namespace

bool parse_uuid(std::string_view text, RecordId& id) {
  if (text.size() != uuid_text_bytes || text[8] != '-' || text[13] != '-' || text[18] != '-' ||
      text[23] != '-') {
    return false;
  }
  std::array<char, 2 * uuid_bytes> digits{};
  const char* const from = text.data();
  std::memcpy(digits.data(), from, 8);
  std::memcpy(digits.data() + 8, from + 9, 4);
  std::memcpy(digits.data() + 12, from + 14, 4);
  std::memcpy(digits.data() + 16, from + 19, 4);
  std::memcpy(digits.data() + 20, from + 24, 12);
  return read_hex(digits.data(), id.high) && read_hex(digits.data() + uuid_bytes, id.low);
}

std::string format_uuid(const RecordId& id) {
  constexpr const char* digits = "0123456789abcdef";
  std::string text(uuid_text_bytes, '-');
  for (std::size_t n = 0; n < uuid_bytes; ++n) {
    const std::uint64_t word = n < 8 ? id.high : id.low;
    const auto byte = static_cast<unsigned>(word >> (56 - n % 8 * 8)) & 0xffU;
    text[digit_places[n]] = digits[byte >> 4];
    text[digit_places[n] + 1] = digits[byte & 15];
  }
  return text;
}

/// Newton's method: each step doubles the bits that are right, and an odd number is its own inverse
/// modulo 8.
ExactDivisor::ExactDivisor(std::uint64_t divisor)
    : divisor_(divisor),
      shift_(std::countr_zero(divisor)),
      inverse_(divisor >> shift_),
      quotient_max_(~std::uint64_t{0} / divisor) {
  const std::uint64_t odd = divisor >> shift_;
  for (int bits = 3; bits < 64; bits *= 2) inverse_ *= 2 - odd * inverse_;
}

void IntegerRange::add(std::span<const std::int64_t> values) {
  if (values.empty()) return;
  const auto [low, high] = std::ranges::minmax(values);
  if (std::exchange(is_empty_, false)) {
    low_ = high_ = first_ = values.front();
  }
  low_ = std::min(low_, low);
  high_ = std::max(high_, high);
  if (divisor_ != 1 && low_ != high_) add_to_divisor(values);
}

/// The differences to any of the values have the same divisors.
void IntegerRange::add_to_divisor(std::span<const std::int64_t> values) {
  ExactDivisor known(divisor());
  for (const std::int64_t value : values) {
    const std::uint64_t rest = value < first_ ? distance(value, first_) : distance(first_, value);
    if (divisor_ != 0 && known.divides(rest)) continue;
    divisor_ = std::gcd(divisor_, rest);
    if (divisor_ == 1) return;
    known = ExactDivisor(divisor());
  }
}

std::size_t IntegerRange::width() const {
  return bytes_for(distance(low_, high_) / divisor());
}

void ColumnWriter::write_number(std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) buffer_ += static_cast<char>((value & 0x7f) | 0x80);
  buffer_ += static_cast<char>(value);
}

void ColumnWriter::write_integers(std::span<const std::int64_t> values) {
  IntegerRange range;
  range.add(values);
  PackedPlace place = add_integers(values.size(), range);
  pack(place, values);
}

PackedPlace ColumnWriter::add_integers(std::size_t count, const IntegerRange& range) {
  PackedPlace place;
  write_number(count);
  if (count == 0) return place;
  place.low = range.low();
  place.divisor = ExactDivisor(range.divisor());
  place.width = range.width();
  write_number(static_cast<std::uint64_t>(place.low));
  write_number(place.divisor.divisor());
  write_number(place.width);
  place.at = buffer_.size();
  place.end = place.at + place.width * count;
  buffer_.resize(place.end);
  return place;
}

void ColumnWriter::pack(PackedPlace& place, std::span<const std::int64_t> values) {
  if (place.width == 0) return;
  assert(place.at + values.size() * place.width <= place.end);
  char* const end = buffer_.data() + place.end;
  char* out = buffer_.data() + place.at;
  for (const std::int64_t value : values) {
    const std::uint64_t packed = place.divisor.quotient(distance(place.low, value));
    // What is beyond `width` the next value overwrites, unless another column stands there.
    if (static_cast<std::size_t>(end - out) >= sizeof(packed)) {
      std::memcpy(out, &packed, sizeof(packed));
    } else {
      std::memcpy(out, &packed, place.width);
    }
    out += place.width;
  }
  place.at += values.size() * place.width;
}

void ColumnWriter::begin_uuids(std::size_t count) {
  write_number(count);
  buffer_.reserve(buffer_.size() + count * uuid_bytes + checksum_bytes);
}

void ColumnWriter::write_uuids(std::span<const RecordId> ids) {
  begin_uuids(ids.size());
  buffer_.append(reinterpret_cast<const char*>(ids.data()), ids.size_bytes());
}

void ColumnWriter::write_strings(std::span<const std::string> values) {
  write_number(values.size());
  for (const std::string& value : values) write_number(value.size());
  for (const std::string& value : values) buffer_ += value;
}

void ColumnWriter::write_dictionary(std::span<const std::string> values) {
  std::unordered_map<std::string_view, std::int64_t> index;
  std::vector<std::string> distinct;
  std::vector<std::int64_t> indexes;
  indexes.reserve(values.size());
  for (const std::string& value : values) {
    const auto [at, is_new] = index.try_emplace(value, static_cast<std::int64_t>(distinct.size()));
    if (is_new) distinct.push_back(value);
    indexes.push_back(at->second);
  }
  write_strings(distinct);
  write_integers(indexes);
}

std::string ColumnWriter::take() {
  const std::uint64_t checksum = XXH3_64bits(buffer_.data(), buffer_.size());
  buffer_.append(reinterpret_cast<const char*>(&checksum), sizeof(checksum));
  return std::move(buffer_);
}

std::string ColumnWriter::compress() {
  const std::string bytes = take();
  std::string compressed(ZSTD_compressBound(bytes.size()), '\0');
  const std::size_t size =
      ZSTD_compress(compressed.data(), compressed.size(), bytes.data(), bytes.size(), label_level);
  if (ZSTD_isError(size) != 0) throw Error(ErrorCode::data, ZSTD_getErrorName(size));
  compressed.resize(size);
  return compressed;
}

std::string decompress_column(std::string_view compressed) {
  const unsigned long long size = ZSTD_getFrameContentSize(compressed.data(), compressed.size());
  if (size > column_bytes_max) refuse_column("no valid frame");
  std::string bytes(size, '\0');
  const std::size_t got =
      ZSTD_decompress(bytes.data(), bytes.size(), compressed.data(), compressed.size());
  if (ZSTD_isError(got) != 0 || got != size) refuse_column("its compression is broken");
  return bytes;
}

std::vector<std::int64_t> PackedIntegers::unpack() const {
  std::vector<std::int64_t> values;
  unpack_into(values, 0, count_);
  return values;
}

void PackedIntegers::unpack_into(std::vector<std::int64_t>& values, std::size_t first,
                                 std::size_t count) const {
  const std::size_t start = values.size();
  if (width_ == 0) {
    values.resize(start + count, static_cast<std::int64_t>(low_));
    return;
  }
  values.resize(start + count);
  std::int64_t* out = values.data() + start;
  const char* in = bytes_ + first * width_;
  for (std::size_t n = 0; n < count; ++n, in += width_) {
    std::uint64_t packed = 0;
    std::memcpy(&packed, in, sizeof(packed));
    out[n] = static_cast<std::int64_t>(low_ + (packed & mask_) * divisor_);
  }
}

ColumnReader::ColumnReader(std::string_view bytes) {
  if (bytes.size() < checksum_bytes) refuse_column("it ends too early");
  bytes_ = bytes.substr(0, bytes.size() - checksum_bytes);
  std::uint64_t checksum = 0;
  std::memcpy(&checksum, bytes_.data() + bytes_.size(), sizeof(checksum));
  if (XXH3_64bits(bytes_.data(), bytes_.size()) != checksum) refuse_column("a wrong checksum");
}

std::string_view ColumnReader::read_bytes(std::size_t bytes) {
  if (bytes > bytes_.size() - at_) refuse_column("it ends too early");
  const std::string_view taken = bytes_.substr(at_, bytes);
  at_ += bytes;
  return taken;
}

std::uint64_t ColumnReader::read_number() {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    const auto byte = static_cast<unsigned char>(read_bytes(1).front());
    value |= std::uint64_t{byte & 0x7fU} << shift;
    if ((byte & 0x80) == 0) return value;
  }
  refuse_column("a number has no end");
}

std::uint64_t ColumnReader::read_count() {
  const std::uint64_t count = read_number();
  if (count > column_values_max) refuse_column("too many values");
  return count;
}

PackedIntegers ColumnReader::read_packed() {
  PackedIntegers column;
  column.count_ = read_count();
  if (column.count_ == 0) return column;
  column.low_ = read_number();
  column.divisor_ = read_number();
  column.width_ = read_number();
  if (column.width_ > sizeof(std::uint64_t)) refuse_column("a wrong width");
  column.mask_ =
      column.width_ == 8 ? ~std::uint64_t{0} : (std::uint64_t{1} << (column.width_ * 8)) - 1;
  column.bytes_ = read_bytes(column.count_ * column.width_).data();
  return column;
}

std::vector<RecordId> ColumnReader::read_uuids() {
  std::vector<RecordId> ids(read_count());
  const std::string_view bytes = read_bytes(ids.size() * uuid_bytes);
  if (!ids.empty()) std::memcpy(static_cast<void*>(ids.data()), bytes.data(), bytes.size());
  return ids;
}

std::vector<std::string> ColumnReader::read_strings() {
  std::vector<std::uint64_t> lengths(read_count());
  for (std::uint64_t& length : lengths) length = read_number();
  std::vector<std::string> values;
  values.reserve(lengths.size());
  for (const std::uint64_t length : lengths) values.emplace_back(read_bytes(length));
  return values;
}

std::vector<std::string> ColumnReader::read_dictionary() {
  const std::vector<std::string> distinct = read_strings();
  std::vector<std::string> values;
  for (const std::int64_t index : read_integers()) {
    if (index < 0 || static_cast<std::size_t>(index) >= distinct.size()) {
      refuse_column("an index without a value");
    }
    values.push_back(distinct[static_cast<std::size_t>(index)]);
  }
  return values;
}

}  // namespace costd
