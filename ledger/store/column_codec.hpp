#pragma once
// The encodings of single columns: packed integers, strings, dictionaries; and zstd for text.

#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ledger/money.hpp"

namespace costd {

/// A record id: the 16 bytes of a canonical lower-case UUID, or the place of its text in a table
/// that its holder keeps. Comparable only within one such table.
struct RecordId {
  std::uint64_t high = 0;
  std::uint64_t low = 0;  ///< of a text: 0
  friend auto operator<=>(const RecordId&, const RecordId&) = default;
};
/// The UUID's bytes, most significant first; false if `text` is not a canonical lower-case UUID.
bool parse_uuid(std::string_view text, RecordId& id);
std::string format_uuid(const RecordId& id);

/// Divides multiples of a number, and tells which numbers are multiples, without dividing.
class ExactDivisor {
 public:
  explicit ExactDivisor(std::uint64_t divisor);  ///< at least 1
  std::uint64_t divisor() const { return divisor_; }
  bool divides(std::uint64_t value) const {
    return std::rotr(value * inverse_, shift_) <= quotient_max_;
  }
  /// Of a multiple of the divisor.
  std::uint64_t quotient(std::uint64_t multiple) const { return (multiple >> shift_) * inverse_; }

 private:
  std::uint64_t divisor_;
  int shift_;              ///< the twos in the divisor
  std::uint64_t inverse_;  ///< of the rest of it, modulo 2^64
  std::uint64_t quotient_max_;
};

/// What packing a column of integers needs to know of all its values. They may come in pieces and
/// in any order.
class IntegerRange {
 public:
  void add(std::span<const std::int64_t> values);
  std::int64_t low() const { return low_; }
  /// The largest number that divides all differences; 1 if there are none.
  std::uint64_t divisor() const { return divisor_ == 0 ? 1 : divisor_; }
  /// Bytes of the largest difference to low(), divided.
  std::size_t width() const;

 private:
  void add_to_divisor(std::span<const std::int64_t> values);

  bool is_empty_ = true;
  std::int64_t low_ = 0;
  std::int64_t high_ = 0;
  std::int64_t first_ = 0;
  std::uint64_t divisor_ = 0;  ///< 0 while all values are the same
};

/// Where the next values of a column go that is packed in pieces.
struct PackedPlace {
  std::size_t at = 0;   ///< in the writer's buffer
  std::size_t end = 0;  ///< of the column
  std::size_t width = 0;
  std::int64_t low = 0;
  ExactDivisor divisor{1};
};

/// Appends encoded columns to one buffer.
class ColumnWriter {
 public:
  ColumnWriter() = default;
  /// Writes into the memory of a buffer that is no longer needed.
  explicit ColumnWriter(std::string spent) : buffer_(std::move(spent)) { buffer_.clear(); }

  void write_number(std::uint64_t value);  ///< LEB128
  /// Minimum, common divisor and byte width, then the packed differences.
  void write_integers(std::span<const std::int64_t> values);
  /// The same in pieces: makes room for a column of `count` values of the range. Other columns may
  /// be added before it is filled.
  PackedPlace add_integers(std::size_t count, const IntegerRange& range);
  void pack(PackedPlace& place, std::span<const std::int64_t> values);
  void write_uuids(std::span<const RecordId> ids);
  /// The same in pieces: begins a column of `count` ids, then each one.
  void begin_uuids(std::size_t count);
  void write_uuid(const RecordId& id) {
    buffer_.append(reinterpret_cast<const char*>(&id), sizeof(id));
  }
  /// Lengths, then bytes.
  void write_strings(std::span<const std::string> values);
  /// Distinct values once, then an index column.
  void write_dictionary(std::span<const std::string> values);

  /// The bytes as they are, with a checksum; readers need not unpack what they do not want.
  std::string take();
  /// The same, compressed.
  std::string compress();

 private:
  std::string buffer_;
};

/// A column of integers that is still packed. Valid while the bytes it was read from are.
class PackedIntegers {
 public:
  PackedIntegers() = default;
  std::size_t size() const { return count_; }
  std::int64_t operator[](std::size_t at) const {
    return static_cast<std::int64_t>(low_ + raw(at) * divisor_);
  }
  /// Of the values [first, first + count).
  int128 sum(std::size_t first, std::size_t count) const {
    constexpr std::size_t short_run = 8;
    if (count < short_run) {
      int128 few = 0;
      for (std::size_t at = first; at < first + count; ++at) few += (*this)[at];
      return few;
    }
    const int128 lows = int128{static_cast<std::int64_t>(low_)} * static_cast<std::int64_t>(count);
    return width_ == 0 ? lows : lows + sum_of_raw(first, count) * divisor_;
  }
  /// The same values in the same order.
  friend bool operator==(const PackedIntegers& a, const PackedIntegers& b) {
    return a.count_ == b.count_ && a.width_ == b.width_ && a.low_ == b.low_ &&
           a.divisor_ == b.divisor_ &&
           (a.width_ == 0 || std::memcmp(a.bytes_, b.bytes_, a.count_ * a.width_) == 0);
  }
  /// True if all values are zero.
  bool is_zero() const { return width_ == 0 && low_ == 0; }
  std::vector<std::int64_t> unpack() const;
  /// Appends the values [first, first + count) to `values`.
  void unpack_into(std::vector<std::int64_t>& values, std::size_t first, std::size_t count) const;

 private:
  friend class ColumnReader;
  std::uint64_t raw(std::size_t at) const {
    std::uint64_t packed = 0;
    // A column of width 0 has no bytes, and only the checksum or another column behind it.
    if (width_ != 0) std::memcpy(&packed, bytes_ + at * width_, sizeof(packed));
    return packed & mask_;
  }
  int128 sum_of_raw(std::size_t first, std::size_t count) const {
    constexpr std::size_t narrow_bytes = 4;  // so many of these that a word holds their sum
    int128 wide = 0;
    std::uint64_t narrow = 0;
    const char* in = bytes_ + first * width_;
    for (std::size_t n = 0; n < count; ++n, in += width_) {
      std::uint64_t packed = 0;
      std::memcpy(&packed, in, sizeof(packed));
      if (width_ <= narrow_bytes) {
        narrow += packed & mask_;
      } else {
        wide += packed & mask_;
      }
    }
    return wide + narrow;
  }

  const char* bytes_ = nullptr;
  std::size_t count_ = 0;
  std::size_t width_ = 0;
  std::uint64_t low_ = 0;
  std::uint64_t divisor_ = 1;
  std::uint64_t mask_ = 0;
};

/// Reads what a ColumnWriter wrote, in the same order. Throws Error(data) on anything else.
class ColumnReader {
 public:
  /// Of take(): checks the checksum. The bytes must outlive the reader and the packed columns.
  explicit ColumnReader(std::string_view bytes);
  std::uint64_t read_number();
  PackedIntegers read_packed();
  std::vector<std::int64_t> read_integers() { return read_packed().unpack(); }
  /// The count, then 16 bytes each.
  std::vector<RecordId> read_uuids();
  std::vector<std::string> read_strings();
  std::vector<std::string> read_dictionary();
  std::string_view read_bytes(std::size_t bytes);

 private:
  std::uint64_t read_count();

  std::string_view bytes_;
  std::size_t at_ = 0;
};

/// The bytes that compress() made.
std::string decompress_column(std::string_view compressed);

}  // namespace costd
