// Reading a YAML file from the disk, as far as its limit and no further.

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "config/yaml_document.hpp"
#include "ledger/error.hpp"

namespace costd {
namespace {

[[noreturn]] void fail_reading(const std::string& file, const std::string& why) {
  throw Error(ErrorCode::config, file + ": " + why);
}

}  // namespace

YamlDocument load_yaml(const std::string& file, const YamlLimits& limits) {
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(file, error);
  if (!std::filesystem::exists(status)) {
    fail_reading(file, "there is no such file; correct the path or create it");
  }
  // A pipe would block and a folder reads as empty.
  if (!std::filesystem::is_regular_file(status)) {
    fail_reading(file, "not a regular file; name a YAML file");
  }
  std::ifstream stream(file, std::ios::binary);
  if (!stream) {
    fail_reading(file, "cannot be opened (" + std::generic_category().message(errno) +
                           "); make it readable for the user costd runs as");
  }
  // Piece by piece: the limit is far above what nearly all files have.
  constexpr std::size_t piece_bytes = 64 << 10;
  std::string text;
  while (stream && text.size() <= limits.bytes_max) {
    const std::size_t before = text.size();
    text.resize(before + piece_bytes);
    stream.read(text.data() + before, static_cast<std::streamsize>(piece_bytes));
    text.resize(before + static_cast<std::size_t>(stream.gcount()));
  }
  if (stream.bad()) fail_reading(file, "cannot be read to its end; check the disk");
  return parse_yaml(text, file, limits);
}

}  // namespace costd
