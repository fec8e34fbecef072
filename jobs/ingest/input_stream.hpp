#pragma once
// The decompressed bytes of a spool file: plain, gzip or zstd, told apart by their first bytes.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace costd {

/// Guards against archives that expand without end: decompressed bytes per compressed byte, beyond
/// the first megabyte.
inline constexpr std::int64_t expansion_ratio_max = 100;

class InputStream {
 public:
  virtual ~InputStream() = default;
  /// Up to `capacity` bytes; 0 only at the end. Throws Error(data) for a broken archive and
  /// Error(io) if the disk refuses.
  virtual std::size_t read(char* buffer, std::size_t capacity) = 0;
  /// Compressed bytes consumed so far, for progress.
  virtual std::int64_t consumed() const = 0;
  /// Decompressed length, where it is known without reading.
  virtual std::optional<std::int64_t> length() const = 0;
  /// The file has been written to since it was opened.
  virtual bool has_changed() const = 0;
};

/// Opens a regular file that has one name, without following links; throws Error(io) or Error(data)
/// naming the reason.
std::unique_ptr<InputStream> open_input(const std::string& path);

/// SHA-256 over the SHA-256 of each 4 MiB chunk of the bytes, lower-case hex: part of the ids of
/// records that have none, and what files of costd 0.1.0 are known by.
std::string sha256_of_chunks(InputStream& input);

}  // namespace costd
