#pragma once
// Idempotency keys whose posts are just coming in: the same key twice at a time is refused.

#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>

namespace costd {

/// Thread-safe. Must outlive its leases.
class KeysInUse {
 public:
  /// Holds a key until destroyed.
  class Lease {
   public:
    Lease(KeysInUse& keys, std::string key) : keys_(&keys, Release{std::move(key)}) {}

   private:
    struct Release {
      std::string key;
      void operator()(KeysInUse* keys) const {
        const std::lock_guard lock(keys->mutex_);
        keys->keys_.erase(key);
      }
    };
    std::unique_ptr<KeysInUse, Release> keys_;
  };

  /// Nothing if the key is in use.
  std::optional<Lease> take(const std::string& key) {
    const std::lock_guard lock(mutex_);
    if (!keys_.insert(key).second) return std::nullopt;
    return std::optional<Lease>(std::in_place, *this, key);
  }

 private:
  std::mutex mutex_;
  std::set<std::string> keys_;
};

}  // namespace costd
