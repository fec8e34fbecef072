#pragma once
// Files that were taken from a spool and wait in done/ or quarantine/ for their end.

#include <memory>
#include <string>
#include <vector>

#include "ledger/time/instant.hpp"

namespace costd {

struct ArchivedFile {
  std::string name;
  Instant written_at;
};

/// A folder beside the spool's files. It is opened once, without following a link, so that nobody
/// who can write into the spool leads a removal elsewhere.
class ArchiveFolder {
 public:
  /// A folder that is not there, or is a link, has no files.
  explicit ArchiveFolder(const std::string& path);
  ~ArchiveFolder();
  ArchiveFolder(const ArchiveFolder&) = delete;
  ArchiveFolder& operator=(const ArchiveFolder&) = delete;

  /// Regular files and links last written to before `before`, oldest first. Throws Error(io).
  std::vector<ArchivedFile> files_before(Instant before) const;
  /// Throws Error(io); a file that has gone already is none.
  void remove(const ArchivedFile& file) const;

 private:
  [[noreturn]] void refuse(const std::string& what) const;

  std::string path_;
  int descriptor_;  ///< -1 = there is no such folder
};

}  // namespace costd
