#pragma once
// The spool as a folder: what waits in it, and where finished and refused files go.

#include <cstdint>
#include <string>
#include <vector>

#include "ledger/time/instant.hpp"

namespace costd {

struct SpoolEntry {
  std::string name;
  std::string path;
  std::int64_t bytes = 0;
};

/// Everything but sub-folders, names of files still being written, and files written to after
/// `quiet_since`, by name. Makes a folder that does not exist. Throws Error(io) naming the folder.
std::vector<SpoolEntry> list_spool(const std::string& folder, Instant quiet_since);

/// Moves the file into folder/`into`/; a name that is taken gets a number, in
/// place of its end if it would be too long. Gives the new path.
std::string move_in_spool(const SpoolEntry& entry, const std::string& folder,
                          const std::string& into);

}  // namespace costd
