#pragma once
// One costd per state directory.

#include <string>

namespace costd {

/// Holds the lock file of a state directory until destroyed; the kernel lets go of it when the
/// process dies, however it dies.
class StateLock {
 public:
  /// Throws Error(refused) naming the process that holds it.
  StateLock(const std::string& state_dir, const std::string& holder);
  ~StateLock();
  StateLock(const StateLock&) = delete;
  StateLock& operator=(const StateLock&) = delete;

 private:
  int descriptor_ = -1;
};

}  // namespace costd
