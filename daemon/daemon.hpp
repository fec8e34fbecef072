#pragma once
// costd as a whole: built from settings in construction order, torn down in reverse.

#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "daemon/clock.hpp"
#include "daemon/clock_guard.hpp"
#include "daemon/control/http_server.hpp"
#include "daemon/routes.hpp"
#include "daemon/state_lock.hpp"
#include "jobs/state_recovery.hpp"

namespace costd {

/// What both the daemon and --once stand on.
class Core {
 public:
  /// Takes the state directory's lock, opens the database and applies the settings. Throws
  /// Error(refused) if another costd has it.
  Core(Settings settings, const Clock& clock);

  Settings settings;  ///< those in force
  const Clock& clock;
  StateLock lock;
  Database database;
  std::shared_ptr<const SigningKey> signing_key;  ///< named by the first event of a new chain
  ClockGuard guard;
  std::shared_ptr<AlertDesk> alerts;
  std::shared_ptr<OutboxRelay> relay;  ///< without a lane where neither mail nor webhooks are set
  std::shared_ptr<BudgetBook> budgets = std::make_shared<BudgetBook>();
  RunQueue runs;
  RecoveryReport recovery;  ///< what the start found and did
};

/// The running daemon: scheduler, delivery and control server beside the run queue.
class Daemon {
 public:
  explicit Daemon(Core& core);
  ~Daemon();

  /// Reads the configuration file again and goes on with it. Throws Error where the file is not
  /// valid as a whole, or changes what only a restart can (places); then everything is as before.
  /// What runs goes on with the settings it began with. Thread-safe.
  void reload(const Actor& actor);

 private:
  void listen();
  std::optional<ClockHold> look_at_clock();
  void schedule(const std::stop_token& stop);
  void deliver(std::size_t lane, const std::stop_token& stop);
  void start_delivery();
  void stop_delivery();

  Core& core_;
  Scheduler scheduler_;
  Service service_;
  std::vector<Route> routes_;
  std::mutex reload_mutex_;
  std::unique_ptr<Alarm> schedule_alarm_;
  std::jthread scheduler_thread_;
  std::vector<std::jthread> delivery_threads_;  ///< one for each lane of the relay
  std::unique_ptr<HttpServer> server_;
  std::unique_ptr<HttpServer> tcp_server_;  ///< null where control.tcp is not set
};

}  // namespace costd
