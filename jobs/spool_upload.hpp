#pragma once
// A body on its way into a spool folder: invisible to ingest until it is whole and durable.

#include <string>
#include <string_view>

#include "jobs/durable_writer.hpp"
#include "ledger/time/instant.hpp"

namespace costd {

class SpoolUpload {
 public:
  /// Begins a hidden file in the folder, which is made if it is not there. `id` is of this upload
  /// alone. Throws Error(io).
  SpoolUpload(std::string folder, const std::string& id);

  void write(std::string_view bytes) { file_.write(bytes); }

  enum class Landing {
    stored,
    was_there,  ///< a file of this name and content waits in the spool already
    taken,      ///< the name belongs to another content, which is left alone
  };
  /// Gives the file its name; it is durable when this returns. `sha256` is of what was written.
  Landing land(const std::string& name, const std::string& sha256);

 private:
  std::string folder_;
  DurableWriter file_;
};

/// Removes the hidden files of uploads that a crash cut off, if they are older than an hour; other
/// files stay. A folder that is not there has none.
void remove_stale_uploads(const std::string& folder, Instant now);

}  // namespace costd
