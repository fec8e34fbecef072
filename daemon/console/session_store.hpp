#pragma once
// Who is signed in at the console: random ids that browsers keep as cookies, in memory only.

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace costd {

inline constexpr std::chrono::hours session_lifetime{12};
inline constexpr std::size_t sessions_max = 1000;

struct Session {
  std::string id;
  std::string csrf;   ///< what each form and each changing call must repeat
  std::string token;  ///< the bearer token that it stands in for; "" for a peer of the Unix socket
  std::chrono::microseconds expires{};  ///< by Clock::elapsed
};

/// Thread-safe. A restart of costd ends all sessions.
class SessionStore {
 public:
  /// A new session of the token. Ends the oldest one where there are too many.
  Session start(const std::string& token, std::chrono::microseconds now);
  /// Nothing for an unknown or expired id.
  std::optional<Session> find(const std::string& id, std::chrono::microseconds now);
  void end(const std::string& id);
  /// The session of whoever reaches the Unix socket, whom the kernel names.
  Session of_peer(unsigned uid);

  /// What the next page says once: "Budget cap saved."
  void leave_notice(const std::string& id, const std::string& notice);
  std::string take_notice(const std::string& id);

 private:
  std::mutex mutex_;
  std::map<std::string, Session> sessions_;
  std::map<std::string, std::string> notices_;
};

/// 256 random bits in hex.
std::string random_secret();
/// Takes as long wherever they differ.
bool is_same_secret(const std::string& a, const std::string& b);

}  // namespace costd
