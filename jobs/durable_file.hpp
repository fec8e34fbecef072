#pragma once
// Files that are whole or not there at all, whatever happens to the machine.

#include <cstdint>
#include <string>

namespace costd {

/// Temporary file beside the target, written, synced, renamed, folder synced. Folders are made. An
/// existing target is replaced. Throws Error(io) naming the file and the reason.
void write_durable_file(const std::string& path, const std::string& bytes);

/// Removes what interrupted writes left anywhere under `folder`; nobody may be writing there now.
void remove_unfinished_files(const std::string& folder);

/// The whole file; throws Error(io) naming it.
std::string read_file(const std::string& path);

struct FileDigest {
  std::int64_t bytes = 0;
  std::string sha256;  ///< lower-case hex
  bool operator==(const FileDigest&) const = default;
};
/// Reads the file piece by piece; throws Error(io) naming it.
FileDigest digest_of_file(const std::string& path);

}  // namespace costd
