#pragma once
// Takes messages out of the outbox and hands them to the transport.

#include <memory>
#include <mutex>

#include "jobs/delivery/transport.hpp"
#include "jobs/job.hpp"
#include "ledger/store/outbox_store.hpp"

namespace costd {

struct RelayResult {
  std::int64_t sent = 0;
  std::int64_t retried = 0;
  std::int64_t failed = 0;  ///< rejected or given up
};

/// Minutes until the next attempt: 1, 2, 4, ... at most 30; nothing after four days of trying.
std::optional<std::chrono::minutes> retry_delay(std::int64_t attempts, Instant first_try,
                                                Instant now);

/// Shared by the standing worker and the deliver job; one message at a time.
class OutboxRelay {
 public:
  OutboxRelay(Database& database, std::unique_ptr<Transport> transport)
      : database_(database), transport_(std::move(transport)) {}

  /// Sends what is due at `now`. `sending` is committed before the first byte leaves.
  RelayResult relay_due(Instant now, const std::stop_token& stop);
  /// Sends all that wait, each once, whenever its next attempt would have been.
  RelayResult relay_waiting(Instant now, const std::stop_token& stop);

  /// Makes a transfer that is under way end soon; for shutdown.
  void interrupt() { transport_->interrupt(); }

 private:
  void send(OutboxMessage message, Instant now, RelayResult& result);

  Database& database_;
  std::unique_ptr<Transport> transport_;
  std::mutex mutex_;
};

/// Drains what is due; started by a person, all that waits. Counts: sent, retried, failed. Without
/// a relay it does nothing and says so.
std::unique_ptr<Job> make_deliver_job(std::shared_ptr<OutboxRelay> relay);

}  // namespace costd
