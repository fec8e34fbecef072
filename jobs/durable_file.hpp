#pragma once
// Files that are whole or not there at all, whatever happens to the machine.

#include <cstdint>
#include <string>
#include <string_view>

namespace costd {

/// How the names of files and folders begin that are not whole yet.
inline constexpr std::string_view unfinished_mark = ".tmp.";

/// Throws Error(io): "cannot write PATH", errno's reason and the remedy.
[[noreturn]] void fail_on_disk(const std::string& what, const std::string& path);

/// Temporary file beside the target, written, synced, renamed, folder synced. Folders are made. An
/// existing target is replaced. Throws Error(io) naming the file and the reason; the temporary file
/// is removed then.
///
/// A sync that fails is never tried again on the same bytes, because the kernel may have dropped
/// them and say the next time that all is well: whoever tries again writes everything anew. That is
/// why such a failure ends the run, not the process.
void write_durable_file(const std::string& path, const std::string& bytes);

/// The folder and those above it that are missing, each durable in the one it is in. Throws
/// Error(io).
void make_durable_folder(const std::string& folder);

/// Removes what interrupted writes left anywhere under `folder`, and says how many files it were;
/// nobody may be writing there now. Links to folders are not followed.
std::int64_t remove_unfinished_files(const std::string& folder);

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
