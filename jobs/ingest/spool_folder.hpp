#pragma once
// The spool as a folder: what waits in it, and where finished and refused files go.

#include <cstdint>
#include <string>
#include <vector>

namespace costd {

struct SpoolEntry {
  std::string name;
  std::string path;
  std::int64_t bytes = 0;
};

/// Everything but sub-folders and names of files still being written, by name. A folder that does
/// not exist is made. Throws Error(io) naming the folder.
std::vector<SpoolEntry> list_spool(const std::string& folder);

/// Moves the file into folder/`into`/; a name that is taken gets a number. Gives the new path.
std::string move_in_spool(const SpoolEntry& entry, const std::string& folder,
                          const std::string& into);

}  // namespace costd
