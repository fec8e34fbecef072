#pragma once
// Files that appear whole or not at all.

#include <functional>
#include <string>
#include <string_view>

namespace costd {

/// Writes "folder/.NAME.tmp", syncs it and renames it to "folder/NAME", replacing what is there.
/// Throws Error(io) naming the file; nothing is left behind.
void write_file(const std::string& folder, const std::string& name, std::string_view bytes);

/// The same for bytes that come piece by piece: `fill` is given what takes each.
using TakeBytes = std::function<void(std::string_view bytes)>;
void write_file(const std::string& folder, const std::string& name,
                const std::function<void(const TakeBytes& take)>& fill);

/// Copies a file in the same way. Throws Error(conflict) where a file of the name is there already.
void copy_file_into(const std::string& file, const std::string& folder, const std::string& name);

/// The folder of a path: "." where it names none.
std::string folder_of(const std::string& path);
/// The last part of a path; throws Error(usage) where it is no plain file name.
std::string file_name_of(const std::string& path);

}  // namespace costd
