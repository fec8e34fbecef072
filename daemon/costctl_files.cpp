#include "daemon/costctl_files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdio.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "ledger/error.hpp"

namespace costd {
namespace {

[[noreturn]] void fail(const std::string& what, const std::string& file) {
  throw Error(ErrorCode::io, fmt::format("cannot {} {}: {}", what, file, std::strerror(errno)));
}

class Descriptor {
 public:
  Descriptor(const std::string& file, int flags, mode_t mode, const char* what)
      : number_(::open(file.c_str(), flags | O_CLOEXEC, mode)) {
    if (number_ < 0) fail(what, file);
  }
  ~Descriptor() { ::close(number_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }

 private:
  int number_;
};

/// A file under a temporary name, removed again unless it was published.
class TemporaryFile {
 public:
  TemporaryFile(std::string folder, std::string name)
      : folder_(std::move(folder)),
        target_(folder_ + "/" + name),
        path_(folder_ + "/." + name + ".tmp"),
        file_(path_, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0640, "write") {}
  ~TemporaryFile() { ::unlink(path_.c_str()); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  void write(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto count = ::write(file_.number(), bytes.data(), bytes.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) fail("write", path_);
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
  }

  /// `flags` as renameat2 takes them.
  void publish(unsigned flags) {
    if (::fsync(file_.number()) != 0) fail("store", path_);
    if (::renameat2(AT_FDCWD, path_.c_str(), AT_FDCWD, target_.c_str(), flags) != 0) {
      if (errno == EEXIST) {
        throw Error(
            ErrorCode::conflict,
            fmt::format("{} is there already; wait until it is taken, or rename yours", target_));
      }
      fail("rename to", target_);
    }
    const Descriptor folder(folder_, O_RDONLY | O_DIRECTORY, 0, "open");
    if (::fsync(folder.number()) != 0) fail("store", folder_);
  }

 private:
  std::string folder_;
  std::string target_;
  std::string path_;
  Descriptor file_;
};

}  // namespace

void write_file(const std::string& folder, const std::string& name, std::string_view bytes) {
  TemporaryFile file(folder, name);
  file.write(bytes);
  file.publish(0);
}

void write_file(const std::string& folder, const std::string& name,
                const std::function<void(const TakeBytes& take)>& fill) {
  TemporaryFile file(folder, name);
  fill([&](std::string_view bytes) { file.write(bytes); });
  file.publish(0);
}

void copy_file_into(const std::string& file, const std::string& folder, const std::string& name) {
  const Descriptor source(file, O_RDONLY, 0, "read");
  TemporaryFile target(folder, name);
  std::array<char, 256 * 1024> buffer{};
  while (true) {
    const auto count = ::read(source.number(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail("read", file);
    if (count == 0) break;
    target.write({buffer.data(), static_cast<std::size_t>(count)});
  }
  target.publish(RENAME_NOREPLACE);
}

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash + 1);
}

std::string file_name_of(const std::string& path) {
  const auto name = path.substr(path.rfind('/') + 1);
  if (name.empty() || name.starts_with('.')) {
    throw Error(ErrorCode::usage,
                fmt::format("\"{}\" does not name a file; hidden names are left alone", path));
  }
  return name;
}

}  // namespace costd
