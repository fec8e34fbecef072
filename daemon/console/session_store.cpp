#include "daemon/console/session_store.hpp"

#include <fmt/format.h>
#include <openssl/crypto.h>

#include <algorithm>

#include "ledger/hex.hpp"
#include "ledger/random_bytes.hpp"

namespace costd {

std::string random_secret() {
  return to_hex(random_bytes(32));
}

bool is_same_secret(const std::string& a, const std::string& b) {
  return !a.empty() && a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

Session SessionStore::start(const std::string& token, std::chrono::microseconds now) {
  Session session{random_secret(), random_secret(), token, now + session_lifetime};
  const std::lock_guard lock(mutex_);
  std::erase_if(sessions_, [&](const auto& entry) { return entry.second.expires <= now; });
  if (sessions_.size() >= sessions_max) {
    sessions_.erase(std::ranges::min_element(
        sessions_, {}, [](const auto& entry) { return entry.second.expires; }));
  }
  sessions_[session.id] = session;
  return session;
}

std::optional<Session> SessionStore::find(const std::string& id, std::chrono::microseconds now) {
  const std::lock_guard lock(mutex_);
  const auto found = sessions_.find(id);
  if (found == sessions_.end() || found->second.expires <= now) return std::nullopt;
  return found->second;
}

void SessionStore::end(const std::string& id) {
  const std::lock_guard lock(mutex_);
  sessions_.erase(id);
  notices_.erase(id);
}

Session SessionStore::of_peer(unsigned uid) {
  const std::string id = fmt::format("uid:{}", uid);
  const std::lock_guard lock(mutex_);
  auto [found, is_new] = sessions_.try_emplace(id);
  if (is_new) found->second = {id, random_secret(), "", std::chrono::microseconds::max()};
  return found->second;
}

void SessionStore::leave_notice(const std::string& id, const std::string& notice) {
  const std::lock_guard lock(mutex_);
  if (sessions_.contains(id)) notices_[id] = notice;
}

std::string SessionStore::take_notice(const std::string& id) {
  const std::lock_guard lock(mutex_);
  const auto found = notices_.find(id);
  if (found == notices_.end()) return "";
  std::string notice = std::move(found->second);
  notices_.erase(found);
  return notice;
}

}  // namespace costd
