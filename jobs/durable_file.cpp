#include "jobs/durable_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string_view>
#include <vector>

#include "jobs/durable_writer.hpp"
#include "ledger/error.hpp"
#include "ledger/sha256.hpp"

namespace costd {
namespace {

namespace fs = std::filesystem;

class Descriptor {
 public:
  Descriptor(const std::string& path, int flags)
      : descriptor_(::open(path.c_str(), flags | O_CLOEXEC, 0640)) {
    if (descriptor_ < 0) fail_on_disk("open", path);
  }
  ~Descriptor() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  void write_all(const std::string& bytes, const std::string& path) const {
    for (std::size_t done = 0; done < bytes.size();) {
      const ssize_t wrote = ::write(descriptor_, bytes.data() + done, bytes.size() - done);
      if (wrote < 0 && errno == EINTR) continue;
      if (wrote < 0) fail_on_disk("write", path);
      done += static_cast<std::size_t>(wrote);
    }
  }
  void sync(const std::string& path) const {
    if (::fsync(descriptor_) != 0) fail_on_disk("sync", path);
  }

 private:
  int descriptor_;
};

void write_synced(const std::string& path, const std::string& bytes) {
  const Descriptor file(path, O_WRONLY | O_CREAT | O_TRUNC);
  file.write_all(bytes, path);
  file.sync(path);
}

}  // namespace

void fail_on_disk(const std::string& what, const std::string& path) {
  throw Error(ErrorCode::io, "cannot " + what + " " + path + ": " + std::strerror(errno) +
                                 "; check the folder's owner and the disk's free space");
}

void write_durable_file(const std::string& path, const std::string& bytes) {
  const fs::path target(path);
  const std::string folder = target.parent_path().string();
  make_durable_folder(folder);
  const std::string temporary =
      (target.parent_path() / (std::string(unfinished_mark) + target.filename().string())).string();
  try {
    write_synced(temporary, bytes);
    if (::rename(temporary.c_str(), path.c_str()) != 0) fail_on_disk("rename to", path);
  } catch (const Error&) {
    ::unlink(temporary.c_str());
    throw;
  }
  sync_folder(folder);
}

void make_durable_folder(const std::string& folder) {
  if (fs::is_directory(folder)) return;
  const std::string above = fs::path(folder).parent_path().string();
  if (!above.empty()) make_durable_folder(above);
  if (::mkdir(folder.c_str(), 0777) != 0 && errno != EEXIST)
    fail_on_disk("make the folder", folder);
  sync_folder(above.empty() ? "." : above);
}

std::int64_t remove_unfinished_files(const std::string& folder) {
  try {
    std::vector<fs::path> left;
    for (const fs::directory_entry& found : fs::recursive_directory_iterator(folder)) {
      if (found.path().filename().string().starts_with(unfinished_mark))
        left.push_back(found.path());
    }
    for (const fs::path& path : left) fs::remove(path);
    return static_cast<std::int64_t>(left.size());
  } catch (const fs::filesystem_error& error) {
    throw Error(ErrorCode::io, std::string("cannot tidy up: ") + error.what());
  }
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) fail_on_disk("read", path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

FileDigest digest_of_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) fail_on_disk("read", path);
  FileDigest digest;
  Sha256 hash;
  std::string piece(std::size_t{1} << 20, '\0');
  while (file) {
    file.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    const auto got = static_cast<std::size_t>(file.gcount());
    hash.add(std::string_view(piece).substr(0, got));
    digest.bytes += file.gcount();
  }
  if (!file.eof()) fail_on_disk("read", path);
  digest.sha256 = hash.hex();
  return digest;
}

}  // namespace costd
