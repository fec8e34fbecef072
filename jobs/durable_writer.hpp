#pragma once
// A file written piece by piece, which is durable and whole under its name, or not there at all.

#include <string>
#include <string_view>

namespace costd {

/// Removes the file when destroyed before it was finished.
class DurableWriter {
 public:
  /// Makes the file, which must not exist, with this mode (less the umask). Throws Error(io).
  explicit DurableWriter(std::string path, unsigned mode = 0640);
  ~DurableWriter();
  DurableWriter(const DurableWriter&) = delete;
  DurableWriter& operator=(const DurableWriter&) = delete;

  /// Throws Error(io) naming the file; it is then of no use any more.
  void write(std::string_view bytes);
  /// The bytes are on the disk, and the file stays under its name. The folder is not synced.
  void finish();
  /// The same under another name of the same folder, which is synced. False if the name is taken:
  /// what has it is left alone, and the call may be tried again.
  bool finish_as(const std::string& target);

 private:
  void close_synced();

  std::string path_;
  int descriptor_;
  bool is_kept_ = false;
};

/// What happened to names in the folder is on the disk afterwards. Throws Error(io).
void sync_folder(const std::string& folder);

}  // namespace costd
