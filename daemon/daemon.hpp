#pragma once
// costd as a whole: built from settings in construction order, torn down in reverse.

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "daemon/clock.hpp"
#include "daemon/control/http_server.hpp"
#include "daemon/routes.hpp"
#include "daemon/state_lock.hpp"

namespace costd {

/// What both the daemon and --once stand on.
class Core {
 public:
  /// Takes the state directory's lock, opens the database and applies the settings. Throws
  /// Error(refused) if another costd has it.
  Core(Settings settings, const Clock& clock);

  Settings settings;
  const Clock& clock;
  StateLock lock;
  Database database;
  std::shared_ptr<OutboxRelay> relay;  ///< null without mail
  std::shared_ptr<BudgetBook> budgets = std::make_shared<BudgetBook>();
  RunQueue runs;
};

/// The running daemon: scheduler, mail worker and control server beside the run queue.
class Daemon {
 public:
  explicit Daemon(Core& core);
  ~Daemon();

 private:
  void schedule(const std::stop_token& stop);
  void deliver(const std::stop_token& stop);

  Core& core_;
  Scheduler scheduler_;
  Service service_;
  std::vector<Route> routes_;
  std::jthread scheduler_thread_;
  std::jthread delivery_thread_;
  std::unique_ptr<HttpServer> server_;
};

}  // namespace costd
