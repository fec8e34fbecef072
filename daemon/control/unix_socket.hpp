#pragma once
// The file side of a listening Unix socket: its name, its mode, and what a dead process left.

#include <string>

namespace costd {

/// A bound and listening Unix socket, mode 0660. Its file goes away with it, unless another process
/// has put its own in the place.
class UnixListener {
 public:
  /// Throws Error(config) for a path over 107 bytes, Error(refused) where somebody answers on it,
  /// Error(io) where it cannot be bound. The mode is set through the umask of the process, so that
  /// the socket is never open to others; do it before other threads make files.
  explicit UnixListener(std::string path);
  ~UnixListener();
  UnixListener(const UnixListener&) = delete;
  UnixListener& operator=(const UnixListener&) = delete;

  /// Hands the descriptor over; the caller closes it. The file stays this object's.
  int release_descriptor();

 private:
  std::string path_;
  int descriptor_ = -1;
  unsigned long device_ = 0;
  unsigned long inode_ = 0;
};

}  // namespace costd
