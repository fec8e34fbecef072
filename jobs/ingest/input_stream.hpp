#pragma once
// The decompressed bytes of a spool file: plain, gzip or zstd, told apart by their first bytes.

#include <cstdint>
#include <memory>
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
};

/// Opens a regular file without following links; throws Error(io) or Error(data) naming the reason.
std::unique_ptr<InputStream> open_input(const std::string& path);

struct ContentId {
  std::string hash;        ///< lower-case hex
  std::int64_t bytes = 0;  ///< decompressed
};

/// SHA-256 over the SHA-256 of each 4 MiB chunk of the decompressed bytes.
ContentId identify_content(InputStream& input);

}  // namespace costd
