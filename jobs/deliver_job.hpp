#pragma once
// Takes messages out of the outbox and hands them to their transports.

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "jobs/alerts/alert_desk.hpp"
#include "jobs/chargeback_job.hpp"
#include "jobs/delivery/transport.hpp"
#include "jobs/job.hpp"
#include "jobs/outbox_rules.hpp"
#include "ledger/store/clock_store.hpp"
#include "ledger/store/outbox_store.hpp"

namespace costd {

struct RelayResult {
  std::int64_t sent = 0;
  std::int64_t retried = 0;
  std::int64_t failed = 0;      ///< rejected or given up
  std::int64_t ambiguous = 0;   ///< held, because nobody knows whether they arrived
  std::int64_t superseded = 0;  ///< too large; a smaller one goes in their place
  std::int64_t held = 0;        ///< mail that waits because the clock is not trusted
  RelayResult& operator+=(const RelayResult& other);
  RelayResult& operator-=(const RelayResult& other);
};

struct RelayOptions {
  AlertDesk* alerts = nullptr;   ///< is told of messages that need a person; null = nobody
  StatementMailOptions notes{};  ///< for the notes in place of what is too large; no `from` = none
  std::function<Instant()> now{};  ///< when an attempt ends; null = when its pass began
};

/// Shared by the standing workers and the deliver job. Messages of one lane are sent one at a time,
/// lanes do not wait for each other. Mail waits while the clock is not trusted. Thread-safe once
/// all lanes are there.
class OutboxRelay {
 public:
  explicit OutboxRelay(Database& database, RelayOptions options = {})
      : database_(database), options_(std::move(options)) {}

  void add_lane(OutboxLane lane, std::unique_ptr<Transport> transport, RetryPolicy retries,
                OnAmbiguous on_ambiguous = OnAmbiguous::resend);
  std::size_t lane_count() const { return lanes_.size(); }

  /// Sends what is due in the lane at `now`. `sending` is committed before the first byte leaves;
  /// what is found `sending` before that broke off with its process and is ambiguous.
  RelayResult relay_lane(std::size_t lane, Instant now, const std::stop_token& stop);
  /// The same of all lanes, one after the other.
  RelayResult relay_due(Instant now, const std::stop_token& stop);
  /// Sends all that wait, each once, whenever its next attempt would have been.
  RelayResult relay_waiting(Instant now, const std::stop_token& stop);
  /// Rejects what waits for a webhook that has no lane: it is no longer configured. Gives how many.
  std::int64_t reject_orphans(Instant now);
  /// Ends the attempts that broke off with an earlier process; before any lane is relayed.
  RelayResult settle_interrupted(Instant now);

  /// From now on standing workers call relay_lane for each lane, again and again.
  void leave_to_workers() { has_workers_ = true; }
  bool has_workers() const { return has_workers_; }
  /// All that wait are due at `now`.
  void hasten(Instant now);
  /// Waits until the workers have relayed what is due at `now`, but no longer than `patience`: a
  /// server may take a quarter of an hour to answer.
  void await_workers(Instant now, std::chrono::milliseconds patience, const std::stop_token& stop);
  /// True if a message that may be sent is due at `now`, or is on its way.
  bool is_busy(Instant now);
  /// What all attempts of this process came to; `held` is how many are held now.
  RelayResult progress();

  /// Makes transfers that are under way end soon; for shutdown.
  void interrupt();
  /// Returns when no message is being sent; call it after interrupt, or it may take minutes.
  void wait_until_idle();

 private:
  struct Lane {
    OutboxLane of;
    std::unique_ptr<Transport> transport;
    LaneRules rules;
    std::optional<ClockHold> told_hold;  ///< the one that the log has been told of
    std::mutex mutex;
  };

  std::int64_t count_held(Connection& connection, const OutboxLane& lane) const;
  bool is_held(Lane& lane, RelayResult& result);
  void settle_lane(Lane& lane, Instant now, RelayResult& result);
  std::optional<OutboxMessage> claim(const OutboxLane& lane, const std::string& id, Instant now);
  void send(Lane& lane, OutboxMessage message, Instant now, RelayResult& result);
  void end(Lane& lane, OutboxMessage& message, SendResult sent, Instant now, RelayResult& result);
  void store(OutboxMessage& message, const DeliveryAttempt& attempt, OutboxMessage* note,
             Instant now);
  void tell(UnitOfWork& unit, const OutboxMessage& message, Instant now) const;
  void add_progress(const RelayResult& done);
  Instant later_of(Instant pass) const;

  Database& database_;
  RelayOptions options_;
  std::vector<std::unique_ptr<Lane>> lanes_;
  std::atomic<bool> has_workers_ = false;
  std::mutex progress_mutex_;
  std::condition_variable progressed_;
  RelayResult progress_;
};

/// Relays what is due; started by a person, all that waits. Where standing workers relay, it waits
/// for them no longer than `patience`, so that a server that does not answer keeps no other job
/// waiting. Counts: sent, retried, failed, ambiguous, superseded, held. Without a relay, or with
/// one that has no lane, it does nothing and says so.
std::unique_ptr<Job> make_deliver_job(
    std::shared_ptr<OutboxRelay> relay,
    std::chrono::milliseconds patience = std::chrono::seconds(10));

}  // namespace costd
