#include "ledger/store/column_codec.hpp"

#include <zstd.h>

#include <algorithm>
#include <cstring>
#include <numeric>
#include <unordered_map>

#include "ledger/error.hpp"

namespace costd {
namespace {

constexpr int zstd_level = 1;
constexpr std::size_t column_bytes_max = std::size_t{1} << 30;
constexpr std::uint64_t column_values_max = 1 << 20;
enum StringForm : std::uint64_t { plain_strings = 0, uuid_strings = 1 };

[[noreturn]] void refuse_column(const char* why) {
  throw Error(ErrorCode::data, std::string("a usage block is damaged (") + why +
                                   "); restore the database from a backup");
}

std::uint64_t distance(std::int64_t from, std::int64_t to) {
  return static_cast<std::uint64_t>(to) - static_cast<std::uint64_t>(from);
}

std::size_t bytes_for(std::uint64_t value) {
  std::size_t bytes = 0;
  for (; value != 0; value >>= 8) ++bytes;
  return bytes;
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

constexpr std::size_t uuid_text_bytes = 36;
constexpr std::size_t uuid_bytes = 16;

bool is_uuid_dash(std::size_t at) { return at == 8 || at == 13 || at == 18 || at == 23; }

bool is_uuid(const std::string& text) {
  if (text.size() != uuid_text_bytes) return false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (is_uuid_dash(at) ? text[at] != '-' : hex_value(text[at]) < 0) return false;
  }
  return true;
}

void append_uuid(std::string& buffer, const std::string& text) {
  for (std::size_t at = 0; at < text.size(); at += 2) {
    if (is_uuid_dash(at)) ++at;
    buffer += static_cast<char>(hex_value(text[at]) * 16 + hex_value(text[at + 1]));
  }
}

std::string uuid_text(std::string_view bytes) {
  constexpr const char* digits = "0123456789abcdef";
  std::string text;
  text.reserve(uuid_text_bytes);
  for (const char c : bytes) {
    if (is_uuid_dash(text.size())) text += '-';
    const auto byte = static_cast<unsigned char>(c);
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

}  // namespace

void ColumnWriter::write_number(std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) buffer_ += static_cast<char>((value & 0x7f) | 0x80);
  buffer_ += static_cast<char>(value);
}

void ColumnWriter::write_integers(std::span<const std::int64_t> values) {
  write_number(values.size());
  if (values.empty()) return;
  const auto [low, high] = std::ranges::minmax(values);
  std::uint64_t divisor = 0;
  for (const std::int64_t value : values) {
    divisor = std::gcd(divisor, distance(low, value));
    if (divisor == 1) break;
  }
  if (divisor == 0) divisor = 1;
  const std::size_t width = bytes_for(distance(low, high) / divisor);
  write_number(static_cast<std::uint64_t>(low));
  write_number(divisor);
  write_number(width);
  const std::size_t start = buffer_.size();
  buffer_.resize(start + width * values.size());
  char* out = buffer_.data() + start;
  for (const std::int64_t value : values) {
    const std::uint64_t packed = distance(low, value) / divisor;
    std::memcpy(out, &packed, width);  // little-endian, as on every machine Debian amd64/arm64 has
    out += width;
  }
}

void ColumnWriter::write_strings(std::span<const std::string> values) {
  write_number(values.size());
  const bool uuids = std::ranges::all_of(values, is_uuid);
  write_number(uuids ? uuid_strings : plain_strings);
  if (!uuids) {
    for (const std::string& value : values) write_number(value.size());
  }
  for (const std::string& value : values) {
    if (uuids) {
      append_uuid(buffer_, value);
    } else {
      buffer_ += value;
    }
  }
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

std::string ColumnWriter::compress() const {
  std::string compressed(ZSTD_compressBound(buffer_.size()), '\0');
  const std::size_t size = ZSTD_compress(compressed.data(), compressed.size(), buffer_.data(),
                                         buffer_.size(), zstd_level);
  if (ZSTD_isError(size) != 0) throw Error(ErrorCode::data, ZSTD_getErrorName(size));
  compressed.resize(size);
  return compressed;
}

ColumnReader::ColumnReader(std::string_view compressed) {
  const unsigned long long size = ZSTD_getFrameContentSize(compressed.data(), compressed.size());
  if (size > column_bytes_max) refuse_column("no valid frame");
  buffer_.resize(size);
  const std::size_t got =
      ZSTD_decompress(buffer_.data(), buffer_.size(), compressed.data(), compressed.size());
  if (ZSTD_isError(got) != 0 || got != size) refuse_column("its compression is broken");
}

std::string_view ColumnReader::take(std::size_t bytes) {
  if (bytes > buffer_.size() - at_) refuse_column("it ends too early");
  const std::string_view taken(buffer_.data() + at_, bytes);
  at_ += bytes;
  return taken;
}

std::uint64_t ColumnReader::read_number() {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    const auto byte = static_cast<unsigned char>(take(1).front());
    value |= std::uint64_t{byte & 0x7fU} << shift;
    if ((byte & 0x80) == 0) return value;
  }
  refuse_column("a number has no end");
}

std::vector<std::int64_t> ColumnReader::read_integers() {
  const std::uint64_t count = read_number();
  if (count == 0) return {};
  const std::uint64_t low = read_number();
  const std::uint64_t divisor = read_number();
  const std::uint64_t width = read_number();
  if (count > column_values_max || width > sizeof(std::uint64_t)) refuse_column("a wrong width");
  const char* in = take(count * width).data();
  std::vector<std::int64_t> values(count);
  for (std::int64_t& value : values) {
    std::uint64_t packed = 0;
    std::memcpy(&packed, in, width);
    in += width;
    value = static_cast<std::int64_t>(low + packed * divisor);
  }
  return values;
}

std::vector<std::string> ColumnReader::read_strings() {
  const std::uint64_t count = read_number();
  if (count > column_values_max) refuse_column("too many values");
  const bool uuids = read_number() == uuid_strings;
  std::vector<std::uint64_t> lengths(uuids ? 0 : count);
  for (std::uint64_t& length : lengths) length = read_number();
  std::vector<std::string> values;
  values.reserve(count);
  for (std::uint64_t n = 0; n < count; ++n) {
    values.push_back(uuids ? uuid_text(take(uuid_bytes)) : std::string(take(lengths[n])));
  }
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
