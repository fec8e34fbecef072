#include "daemon/daemon.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <condition_variable>

#include "daemon/console/visitor.hpp"
#include "daemon/setup.hpp"
#include "daemon/signing_key.hpp"
#include "jobs/spool_upload.hpp"
#include "ledger/audit_checkpoint.hpp"
#include "ledger/error.hpp"

namespace costd {
namespace {

/// How long the scheduler sleeps at most: it is woken for slots and when the clock is set, and
/// looks for new audit events without a checkpoint by itself.
constexpr std::chrono::minutes scheduler_nap_max = checkpoint_age_max;
constexpr std::chrono::seconds pause_after_refusal{1};
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

void reject_orphans(OutboxRelay& relay, Instant now) {
  if (const auto orphans = relay.reject_orphans(now); orphans > 0) {
    spdlog::warn("outbox_rejected messages={} reason=\"their webhook is not configured\"", orphans);
  }
}

/// What the process holds on to from its start.
void refuse_moves(const Settings& old, const Settings& fresh) {
  const auto refuse = [](const char* key, const std::string& was, const std::string& is) {
    if (was == is) return;
    throw Error(ErrorCode::refused,
                fmt::format("{} is now {}, but costd runs with {}; restart it for that, or set it "
                            "back; nothing was changed",
                            key, is, was));
  };
  refuse("state_dir", old.state_dir, fresh.state_dir);
  refuse("control.socket", old.control_socket, fresh.control_socket);
  const auto tcp_of = [](const Settings& settings) {
    return settings.control.tcp ? settings.control.tcp->text() : "off";
  };
  refuse("control.tcp", tcp_of(old), tcp_of(fresh));
  refuse("storage", old.storage, fresh.storage);
}

}  // namespace

Core::Core(Settings given, const Clock& the_clock)
    : settings(prepared(std::move(given))),
      clock(the_clock),
      lock(settings.state_dir, "costd --config " + settings.file),
      database(settings.state_dir + "/costd.db"),
      signing_key(load_signing_key(database, settings.state_dir, clock.now())),
      guard(database, clock, settings.clock_jump_guard),
      alerts(make_alert_desk(settings, database.install_id())),
      relay(make_relay(settings, database, *alerts, clock)),
      runs(database,
           make_jobs(settings, {load_install_key(settings.state_dir), signing_key}, relay, budgets,
                     *alerts),
           clock, alerts) {
  recovery = recover_state(database, {settings.state_dir, alerts.get()}, clock.now());
  for (const SourceSettings& source : settings.sources) {
    remove_stale_uploads(source.path, clock.now());
  }
  guard.look(alerts.get());
  apply_settings(database, settings, clock.now());
  runs.recover();
  relay->settle_interrupted(clock.now());
  reject_orphans(*relay, clock.now());
}

Daemon::Daemon(Core& core)
    : core_(core),
      scheduler_(core.database, make_schedules(core.settings), core.alerts),
      service_{core.settings,
               core.database,
               core.runs,
               scheduler_,
               core.clock,
               core.clock.now(),
               {},
               core.budgets,
               nullptr,
               {},
               core.recovery,
               core.signing_key},
      routes_(all_routes()),
      schedule_alarm_(core.clock.make_alarm()) {
  scheduler_.report_invalid(core.clock.now());
  scheduler_.on_change([this] { schedule_alarm_->call(); });
  // A clock that was set is noticed before anything is done by what it shows.
  core.runs.before_each([&core](AlertDesk* alerts) { core.guard.look(alerts); });
  service_.guard = &core.guard;
  service_.reload = [this](const Actor& actor) { reload(actor); };
  service_.session_access = [this](const HttpRequest& request) {
    return access_of_session(service_, request);
  };
  core.budgets->refresh(core.database, core.clock.now());
  listen();
  core.runs.start();
  scheduler_thread_ = std::jthread([this](const std::stop_token& stop) { schedule(stop); });
  start_delivery();
  spdlog::info("costd_started version={} state_dir={} socket={}", COSTD_VERSION,
               core.settings.state_dir, core.settings.control_socket);
}

Daemon::~Daemon() {
  scheduler_thread_.request_stop();
  schedule_alarm_->call();
  service_.is_stopping = true;
  tcp_server_.reset();
  server_.reset();
  stop_delivery();
}

void Daemon::listen() {
  const HttpHandler handler = [this](const HttpRequest& request) {
    return dispatch(service_, routes_, request);
  };
  const BodyPlanner planner = [this](const HttpRequest& request) {
    return plan_body(service_, routes_, request);
  };
  HttpLimits limits;
  // One user alone cannot keep the others out.
  limits.peer_connections_max = limits.connections_max - limits.connections_max / 4;
  server_ = std::make_unique<HttpServer>(core_.settings.control_socket, limits, handler, planner);
  const auto& tcp = core_.settings.control.tcp;
  if (!tcp) return;
  HttpLimits tcp_limits;
  tcp_limits.crowding = Crowding::oldest_waiting_leaves;
  tcp_server_ =
      std::make_unique<HttpServer>(TcpPlace{tcp->address, tcp->port}, tcp_limits, handler, planner);
  spdlog::info("tcp_opened address={}", tcp->text());
}

void Daemon::start_delivery() {
  core_.relay->leave_to_workers();
  for (std::size_t lane = 0; lane < core_.relay->lane_count(); ++lane) {
    delivery_threads_.emplace_back(
        [this, lane](const std::stop_token& stop) { deliver(lane, stop); });
  }
}

void Daemon::stop_delivery() {
  for (std::jthread& thread : delivery_threads_) thread.request_stop();
  core_.relay->interrupt();
  delivery_threads_.clear();  // waits for each
}

void Daemon::reload(const Actor& actor) {
  const std::lock_guard lock(reload_mutex_);
  // All that can be wrong is found before anything changes.
  Settings fresh = load_settings(core_.settings.file, job_names());
  refuse_moves(core_.settings, fresh);
  fresh = prepared(std::move(fresh));
  auto schedules = make_schedules(fresh);
  auto alerts = make_alert_desk(fresh, core_.database.install_id());
  auto relay = make_relay(fresh, core_.database, *alerts, core_.clock);
  auto jobs = make_jobs(fresh, {load_install_key(fresh.state_dir), core_.signing_key}, relay,
                        core_.budgets, *alerts);
  const Instant now = core_.clock.now();
  apply_reloaded_settings(core_.database, fresh, actor, now);
  // A message that is being sent ends within seconds, and is sent again by the new relay.
  stop_delivery();
  core_.relay->wait_until_idle();
  core_.runs.replace(std::move(jobs), alerts);
  scheduler_.replace(std::move(schedules), alerts);
  core_.relay = std::move(relay);
  core_.alerts = std::move(alerts);
  core_.settings = fresh;
  service_.settings.replace(std::move(fresh));
  spdlog::set_level(spdlog::level::from_str(core_.settings.log_level));
  core_.guard.set_jump_max(core_.settings.clock_jump_guard);
  core_.budgets->refresh(core_.database, now);
  core_.relay->settle_interrupted(now);
  reject_orphans(*core_.relay, now);
  start_delivery();
  spdlog::info("config_reloaded file={} schedules={} actor={}", core_.settings.file,
               core_.settings.schedules.size(), actor.text());
}

std::optional<ClockHold> Daemon::look_at_clock() {
  const auto alerts = scheduler_.alerts();
  return core_.guard.look(alerts.get());
}

void Daemon::schedule(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    Instant until = core_.clock.now() + scheduler_nap_max;
    try {
      const auto trust = look_at_clock() ? ClockTrust::held : ClockTrust::trusted;
      const Instant now = core_.clock.now();
      if (scheduler_.decide_slots(now, trust) > 0) core_.runs.wake();
      until = std::min(until, scheduler_.next_slot(now).value_or(until));
      until = std::min(until,
                       keep_checkpoints(core_.database, *core_.signing_key, now).value_or(until));
    } catch (const std::exception& error) {
      // The slots stay undecided, so the next round decides them.
      spdlog::error("scheduler_failed error=\"{}\"", error.what());
      until = core_.clock.now() + pause_after_refusal;
    }
    schedule_alarm_->sleep_until(until);
  }
}

void Daemon::deliver(std::size_t lane, const std::stop_token& stop) {
  const auto relay = core_.relay;
  while (!stop.stop_requested()) {
    try {
      look_at_clock();
      const RelayResult result = relay->relay_lane(lane, core_.clock.now(), stop);
      if (result.sent + result.retried + result.failed + result.ambiguous > 0) {
        spdlog::info("outbox_relayed sent={} retried={} failed={} ambiguous={} superseded={}",
                     result.sent, result.retried, result.failed, result.ambiguous,
                     result.superseded);
      }
    } catch (const std::exception& error) {
      // The messages stay in the outbox, so the next round sends them.
      spdlog::error("delivery_failed error=\"{}\"", error.what());
    }
    nap(stop, delivery_nap);
  }
}

}  // namespace costd
