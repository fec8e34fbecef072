#pragma once
// Takes messages out of the outbox and hands them to their transports.

#include <memory>
#include <mutex>

#include "jobs/alerts/alert_desk.hpp"
#include "jobs/delivery/transport.hpp"
#include "jobs/job.hpp"
#include "ledger/store/outbox_store.hpp"

namespace costd {

struct RelayResult {
  std::int64_t sent = 0;
  std::int64_t retried = 0;
  std::int64_t failed = 0;  ///< rejected or given up
  RelayResult& operator+=(const RelayResult& other);
};

/// How a channel tries again: the first pause, times `factor` after each attempt up to the longest,
/// plus up to a fifth of it by chance that follows from the message and the attempt alone, so that
/// messages which failed together do not come back together.
struct RetryPolicy {
  std::chrono::seconds first{60};
  int factor = 2;
  std::chrono::seconds longest{30 * 60};
  std::int64_t attempts_max = 1'000;
  std::chrono::hours give_up_after{96};
};
/// Mail: 1, 2, 4, ... 30 minutes, for four days (RFC 5321, 4.5.4.1).
inline constexpr RetryPolicy mail_retries{};
/// A webhook: 10 seconds, 40, 160, ... six hours, `attempts` times within four days.
RetryPolicy webhook_retries(std::int64_t attempts);

/// The longest pause that a receiver may ask for (Retry-After).
inline constexpr std::chrono::hours retry_after_max{6};

/// The pause before the next attempt, never shorter than what the receiver asked for; nothing if
/// there is to be none.
std::optional<std::chrono::seconds> retry_delay(
    const RetryPolicy& policy, const OutboxMessage& message, Instant now,
    std::optional<std::chrono::seconds> retry_after = std::nullopt);

/// Shared by the standing workers and the deliver job. Messages of one lane are sent one at a time,
/// lanes do not wait for each other. Thread-safe once all lanes are there.
class OutboxRelay {
 public:
  /// `alerts` is told of messages that are given up; null = nobody.
  explicit OutboxRelay(Database& database, AlertDesk* alerts = nullptr)
      : database_(database), alerts_(alerts) {}

  void add_lane(OutboxLane lane, std::unique_ptr<Transport> transport, RetryPolicy retries);
  std::size_t lane_count() const { return lanes_.size(); }

  /// Sends what is due in the lane at `now`. `sending` is committed before the first byte leaves.
  RelayResult relay_lane(std::size_t lane, Instant now, const std::stop_token& stop);
  /// The same of all lanes, one after the other.
  RelayResult relay_due(Instant now, const std::stop_token& stop);
  /// Sends all that wait, each once, whenever its next attempt would have been.
  RelayResult relay_waiting(Instant now, const std::stop_token& stop);
  /// Rejects what waits for a webhook that has no lane: it is no longer configured. Gives how many.
  std::int64_t reject_orphans(Instant now);

  /// Makes transfers that are under way end soon; for shutdown.
  void interrupt();
  /// Returns when no message is being sent; call it after interrupt, or it may take minutes.
  void wait_until_idle();

 private:
  struct Lane {
    OutboxLane of;
    std::unique_ptr<Transport> transport;
    RetryPolicy retries;
    std::mutex mutex;
  };

  std::optional<OutboxMessage> claim(const std::string& id, Instant now);
  void send(Lane& lane, OutboxMessage message, Instant now, RelayResult& result);
  void store(const OutboxMessage& message);

  Database& database_;
  AlertDesk* alerts_;
  std::vector<std::unique_ptr<Lane>> lanes_;
};

/// Drains what is due; started by a person, all that waits. Counts: sent, retried, failed. Without
/// a relay, or with one that has no lane, it does nothing and says so.
std::unique_ptr<Job> make_deliver_job(std::shared_ptr<OutboxRelay> relay);

}  // namespace costd
