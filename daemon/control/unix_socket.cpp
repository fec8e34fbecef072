#include "daemon/control/unix_socket.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "ledger/error.hpp"

namespace costd {
namespace {

constexpr int unix_backlog = 128;

[[noreturn]] void fail(const std::string& path, const char* what) {
  throw Error(ErrorCode::io,
              fmt::format("control socket {}: {}: {}", path, what, std::strerror(errno)));
}

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  if (path.empty() || path.size() >= sizeof address.sun_path) {
    throw Error(ErrorCode::config,
                fmt::format("control socket \"{}\" has {} bytes, a socket path has at most {}; set "
                            "control.socket to a shorter one",
                            path, path.size(), sizeof address.sun_path - 1));
  }
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

int open_socket(const std::string& path) {
  const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) fail(path, "cannot make a socket");
  return descriptor;
}

/// Removes the socket of a process that is gone. Anything else in the place is left alone.
void remove_stale(const std::string& path, const sockaddr_un& address) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) {
    if (errno == ENOENT) return;
    fail(path, "cannot look at it");
  }
  if (!S_ISSOCK(status.st_mode)) {
    throw Error(ErrorCode::io, fmt::format("control socket {}: a file that is no socket is in the "
                                           "place; move it away",
                                           path));
  }
  const int probe = open_socket(path);
  const int result = ::connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  const int error = errno;
  ::close(probe);
  if (result == 0) {
    throw Error(ErrorCode::refused,
                fmt::format("another costd answers on {}; stop it first, or use costctl", path));
  }
  errno = error;
  if (error != ECONNREFUSED && error != ENOENT) fail(path, "cannot find out who owns it");
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) fail(path, "cannot remove the stale socket");
}

}  // namespace

UnixListener::UnixListener(std::string path) : path_(std::move(path)) {
  const auto address = address_of(path_);
  remove_stale(path_, address);
  descriptor_ = open_socket(path_);
  const auto previous = ::umask(0117);
  const int bound =
      ::bind(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  const int error = errno;
  ::umask(previous);
  struct stat status {};
  errno = error;
  const bool listening = bound == 0 && ::lstat(path_.c_str(), &status) == 0 &&
                         ::listen(descriptor_, unix_backlog) == 0;
  if (!listening) {
    const int reason = errno;
    ::close(descriptor_);
    errno = reason;
    fail(path_, "cannot listen");
  }
  device_ = status.st_dev;
  inode_ = status.st_ino;
}

UnixListener::~UnixListener() {
  if (descriptor_ >= 0) ::close(descriptor_);
  struct stat status {};
  const bool ours =
      ::lstat(path_.c_str(), &status) == 0 && status.st_dev == device_ && status.st_ino == inode_;
  if (ours) ::unlink(path_.c_str());
}

int UnixListener::release_descriptor() {
  return std::exchange(descriptor_, -1);
}

}  // namespace costd
