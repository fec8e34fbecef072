#include "config/sections.hpp"

namespace costd {
namespace {

constexpr IntegerRange keep_range{1, 10'000};
constexpr const char* default_directory = "backups";

}  // namespace

BackupSettings read_backup(const YamlMap& file, const std::string& state_dir) {
  BackupSettings settings;
  settings.directory = file.self().path_beside(default_directory);
  const auto block = file.find("backup");
  if (!block) return settings;
  const YamlMap backup = block->map({"directory", "keep"});
  if (const auto keep = backup.find("keep")) {
    settings.keep = static_cast<int>(keep->integer(keep_range));
  }
  if (const auto directory = backup.find("directory")) {
    settings.directory = directory->path();
    if ((settings.directory + "/").starts_with(state_dir + "/")) {
      directory->fail_as_written(
          "inside state_dir, and would be lost with it; name a folder elsewhere, best on another "
          "disk");
    }
  }
  return settings;
}

}  // namespace costd
