#pragma once
// Files that appear whole or not at all.

#include <string>
#include <string_view>

namespace costd {

/// Writes "folder/.NAME.tmp", syncs it and renames it to "folder/NAME", replacing what is there.
/// Throws Error(io) naming the file; nothing is left behind.
void write_file(const std::string& folder, const std::string& name, std::string_view bytes);

/// Copies a file in the same way. Throws Error(conflict) where a file of the name is there already.
void copy_file_into(const std::string& file, const std::string& folder, const std::string& name);

/// The last part of a path; throws Error(usage) where it is no plain file name.
std::string file_name_of(const std::string& path);

}  // namespace costd
