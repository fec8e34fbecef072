#include "daemon/state_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "ledger/error.hpp"

namespace costd {
namespace {

std::string holder_in(int descriptor) {
  std::array<char, 256> text{};
  const ssize_t got = ::pread(descriptor, text.data(), text.size(), 0);
  return got > 0 ? std::string(text.data(), static_cast<std::size_t>(got)) : "another process";
}

}  // namespace

StateLock::StateLock(const std::string& state_dir, const std::string& holder) {
  const std::string path = state_dir + "/costd.lock";
  descriptor_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
  if (descriptor_ < 0) {
    throw Error(ErrorCode::io, "cannot open " + path + ": " + std::strerror(errno));
  }
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
    const std::string other = holder_in(descriptor_);
    ::close(descriptor_);
    throw Error(ErrorCode::refused,
                "the state directory " + state_dir + " is in use by " + other +
                    "; talk to that one with costctl (costctl run JOB), or stop it first");
  }
  const std::string text = holder + " (pid " + std::to_string(::getpid()) + ")";
  if (::ftruncate(descriptor_, 0) != 0 ||
      ::pwrite(descriptor_, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) {
    const int error = errno;
    ::close(descriptor_);
    throw Error(ErrorCode::io, "cannot write " + path + ": " + std::strerror(error));
  }
}

StateLock::~StateLock() { ::close(descriptor_); }

}  // namespace costd
