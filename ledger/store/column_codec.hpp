#pragma once
// The encodings of single columns: frame-of-reference integers, strings, dictionaries, zstd.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace costd {

/// Appends encoded columns to one buffer, then compresses it.
class ColumnWriter {
 public:
  void write_number(std::uint64_t value);  ///< LEB128
  /// Minimum, common divisor and byte width, then the packed differences.
  void write_integers(std::span<const std::int64_t> values);
  /// Canonical lower-case UUIDs as 16 bytes, other columns as lengths and bytes.
  void write_strings(std::span<const std::string> values);
  /// Distinct values once, then an index column.
  void write_dictionary(std::span<const std::string> values);
  std::string compress() const;

 private:
  std::string buffer_;
};

/// Reads what a ColumnWriter wrote, in the same order. Throws Error(data) on anything else.
class ColumnReader {
 public:
  explicit ColumnReader(std::string_view compressed);
  std::uint64_t read_number();
  std::vector<std::int64_t> read_integers();
  std::vector<std::string> read_strings();
  std::vector<std::string> read_dictionary();

 private:
  std::string_view take(std::size_t bytes);

  std::string buffer_;
  std::size_t at_ = 0;
};

}  // namespace costd
