#pragma once
// Buffers that were used and may be used again: making large ones costs more than filling them.

#include <mutex>
#include <utility>
#include <vector>

namespace costd {

/// Thread-safe. What it gives keeps its capacity and has whatever content it had.
template <typename Buffer>
class SpentBuffers {
 public:
  /// A spent buffer, or a new one.
  Buffer take() {
    const std::lock_guard lock(mutex_);
    if (buffers_.empty()) return {};
    Buffer buffer = std::move(buffers_.back());
    buffers_.pop_back();
    return buffer;
  }
  void give(Buffer buffer) {
    const std::lock_guard lock(mutex_);
    buffers_.push_back(std::move(buffer));
  }

 private:
  std::mutex mutex_;
  std::vector<Buffer> buffers_;
};

}  // namespace costd
