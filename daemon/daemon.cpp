#include "daemon/daemon.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "daemon/setup.hpp"
#include "jobs/spool_upload.hpp"
#include "ledger/error.hpp"

namespace costd {
namespace {

/// How long the standing workers sleep at most: clock changes are noticed after that.
constexpr std::chrono::seconds scheduler_nap{1};
constexpr std::chrono::seconds delivery_nap{2};

Settings prepared(Settings settings) {
  settings.templates_dir = find_templates(settings);
  make_state_folders(settings);
  return settings;
}

/// Sleeps, but not beyond a request to stop.
void nap(const std::stop_token& stop, std::chrono::milliseconds time) {
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable_any never;
  never.wait_for(lock, stop, time, [] { return false; });
}

}  // namespace

Core::Core(Settings given, const Clock& the_clock)
    : settings(prepared(std::move(given))),
      clock(the_clock),
      lock(settings.state_dir, "costd --config " + settings.file),
      database(settings.state_dir + "/costd.db"),
      alerts(make_alert_desk(settings, database.install_id())),
      relay(make_relay(settings, database, *alerts, clock)),
      runs(database,
           make_jobs(settings, load_install_key(settings.state_dir), relay, budgets, *alerts),
           clock, alerts.get()) {
  recovery = recover_state(database, {settings.state_dir, alerts.get()}, clock.now());
  for (const SourceSettings& source : settings.sources) {
    remove_stale_uploads(source.path, clock.now());
  }
  apply_settings(database, settings, clock.now());
  runs.recover();
  if (const auto orphans = relay->reject_orphans(clock.now()); orphans > 0) {
    spdlog::warn("outbox_rejected messages={} reason=\"their webhook is not configured\"", orphans);
  }
}

Daemon::Daemon(Core& core)
    : core_(core),
      scheduler_(core.database, make_schedules(core.settings)),
      service_{core.settings, core.database,    core.runs, scheduler_,
               core.clock,    core.clock.now(), {},        core.budgets,
               core.recovery},
      routes_(all_routes()) {
  core.budgets->refresh(core.database, core.clock.now());
  server_ = std::make_unique<HttpServer>(
      core.settings.control_socket, HttpLimits{},
      [this](const HttpRequest& request) { return dispatch(service_, routes_, request); },
      [this](const HttpRequest& request) { return plan_body(service_, routes_, request); });
  core.runs.start();
  scheduler_thread_ = std::jthread([this](const std::stop_token& stop) { schedule(stop); });
  for (std::size_t lane = 0; lane < core.relay->lane_count(); ++lane) {
    delivery_threads_.emplace_back(
        [this, lane](const std::stop_token& stop) { deliver(lane, stop); });
  }
  spdlog::info("costd_started version={} state_dir={} socket={}", COSTD_VERSION,
               core.settings.state_dir, core.settings.control_socket);
}

Daemon::~Daemon() {
  scheduler_thread_.request_stop();
  for (std::jthread& thread : delivery_threads_) thread.request_stop();
  core_.relay->interrupt();
  server_.reset();
}

void Daemon::schedule(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    try {
      if (scheduler_.decide_slots(core_.clock.now()) > 0) core_.runs.wake();
    } catch (const std::exception& error) {
      // The slots stay undecided, so the next round decides them.
      spdlog::error("scheduler_failed error=\"{}\"", error.what());
    }
    nap(stop, scheduler_nap);
  }
}

void Daemon::deliver(std::size_t lane, const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    try {
      const RelayResult result = core_.relay->relay_lane(lane, core_.clock.now(), stop);
      if (result.sent + result.retried + result.failed > 0) {
        spdlog::info("outbox_relayed sent={} retried={} failed={}", result.sent, result.retried,
                     result.failed);
      }
    } catch (const std::exception& error) {
      // The messages stay in the outbox, so the next round sends them.
      spdlog::error("delivery_failed error=\"{}\"", error.what());
    }
    nap(stop, delivery_nap);
  }
}

}  // namespace costd
