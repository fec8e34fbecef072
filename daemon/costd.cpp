#include "daemon/costd.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/program_options.hpp>
#include <cstdlib>
#include <optional>
#include <thread>

#include "config/default_prices.hpp"
#include "daemon/daemon.hpp"
#include "daemon/restore.hpp"
#include "daemon/schedule_check.hpp"
#include "daemon/signing_key.hpp"
#include "jobs/chargeback_job.hpp"
#include "ledger/error.hpp"
#include "ledger/price_book.hpp"

namespace costd {
namespace {

namespace po = boost::program_options;

constexpr std::chrono::seconds shutdown_max{19};

po::options_description make_options() {
  po::options_description options("costd runs the cost jobs on schedule. Options");
  options.add_options()                                                              //
      ("config,c", po::value<std::string>(), "the configuration file (costd.yaml)")  //
      ("check", "check the configuration and the files it names, then end")          //
      ("once", po::value<std::string>(),
       "run these jobs (a,b,...) in the foreground without socket or schedules, then end")  //
      ("restore", po::value<std::string>(),
       "put this backup in the place of the state directory, which is kept under another name")  //
      ("period", po::value<std::string>(), "with --once: the month, like 2026-10")               //
      ("from", po::value<std::string>(), "with --once: the first day")                           //
      ("to", po::value<std::string>(), "with --once: the day after the last")                    //
      ("as-of", po::value<std::string>(), "with --once: the last complete day")                  //
      ("tenant", po::value<std::string>(), "with --once: only this tenant")                      //
      ("type", po::value<std::string>(), "with --once: of compliance reports, like soc2")        //
      ("version", "print the version")                                                           //
      ("help,h", "print this help");
  return options;
}

void set_up_log(const std::string& level) {
  auto logger =
      std::make_shared<spdlog::logger>("costd", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
  logger->set_level(spdlog::level::from_str(level));
  logger->flush_on(spdlog::level::info);
  spdlog::set_default_logger(std::move(logger));
}

int exit_code_for(const Error& error) {
  switch (error.code()) {
    case ErrorCode::config:
    case ErrorCode::usage:
      return exit_usage;
    case ErrorCode::refused:
      return exit_refused;
    default:
      return exit_failed;
  }
}

/// Everything a start would refuse, and what is only odd.
int check(const Settings& settings, const Clock& clock, std::ostream& out) {
  const std::vector<Schedule> schedules = make_schedules(settings);
  for (const std::string& warning : warn_of_rare_schedules(schedules, clock.now())) {
    out << fmt::format("warning: {}\n", warning);
  }
  for (const Schedule& schedule : schedules) {
    if (!schedule.recipients.empty() && !settings.mail) {
      out << fmt::format("warning: schedule \"{}\" has recipients, but no mail is configured\n",
                         schedule.name);
    }
  }
  std::vector<PriceEntry> listed = settings.prices;
  listed.insert(listed.end(), default_prices().begin(), default_prices().end());
  const PriceBook book(settings.prices);
  for (const auto& warning : warn_of_swallowed_models(book, settings.prices, listed)) {
    out << fmt::format("warning: {}: {}\n", settings.prices_file, warning);
  }
  out << fmt::format("{} is valid: {} sources, {} prices, {} tenants, {} schedules\n",
                     settings.file, settings.sources.size(), settings.prices.size(),
                     settings.tenants.size(), settings.schedules.size());
  return exit_done;
}

RunParameters once_parameters(const po::variables_map& given) {
  RunParameters parameters;
  for (const auto& [option, parameter] :
       {std::pair{"period", "period"}, std::pair{"from", "from"}, std::pair{"to", "to"},
        std::pair{"as-of", "asOf"}, std::pair{"tenant", "tenant"}, std::pair{"type", "types"}}) {
    if (given.count(option) != 0) parameters[parameter] = given[option].as<std::string>();
  }
  return parameters;
}

int run_once(Core& core, const po::variables_map& given, std::ostream& out) {
  RunRequest request;
  request.jobs = split_list(given["once"].as<std::string>());
  request.parameters = once_parameters(given);
  request.actor = {"uid", std::to_string(::getuid())};
  const Run run = core.runs.execute_now(request);
  end_with_checkpoint(core.database, *core.signing_key, core.clock.now());
  out << fmt::format("{} {}", fmt::join(run.jobs, ","), name_of(run.state));
  for (const auto& [name, value] : run.counts) out << fmt::format(" {}={}", name, value);
  out << "\n";
  if (!run.error.empty()) out << run.error << "\n";
  return run.state == RunState::succeeded ? exit_done : exit_failed;
}

int restore(const Settings& settings, const std::string& backup, const Clock& clock,
            std::ostream& out) {
  const Actor actor{"uid", std::to_string(::getuid())};
  const Restored restored = restore_backup(settings, backup, actor, clock.now());
  const BackupManifest& manifest = restored.manifest;
  out << fmt::format("restored {}: {} files as of {}, {} audit events, into {}\n", backup,
                     manifest.files.size(), format_instant(manifest.made_at),
                     manifest.database.audit_head.count, settings.state_dir);
  if (!restored.old_state.empty()) {
    out << "the state until now is kept in " << restored.old_state << "\n";
  }
  for (const SourceSettings& source : settings.sources) {
    out << fmt::format(
        "records taken since then count again once their files are back: "
        "mv {0}/done/* {0}/\n",
        source.path);
  }
  return exit_done;
}

/// Blocked from the first moment on and taken by the main thread with sigwait, so that a stop
/// during the start is a clean one, too. Threads started later inherit the block.
sigset_t block_stop_signals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

/// Something that does not end within the time a stop may take is left to the next start, which
/// takes up what it finds as after a crash.
void end_in_time() {
  std::thread([] {
    std::this_thread::sleep_for(shutdown_max);
    spdlog::error("costd_ends_now reason=\"a job did not stop within {} s\"", shutdown_max.count());
    std::_Exit(exit_done);
  }).detach();
}

int run_daemon(const Settings& settings, const Clock& clock) {
  const sigset_t signals = block_stop_signals();
  Core core(settings, clock);
  Daemon daemon(core);
  for (;;) {
    int signal_number = 0;
    sigwait(&signals, &signal_number);
    if (signal_number != SIGHUP) {
      spdlog::info("costd_stopping signal={}", signal_number);
      break;
    }
    try {
      daemon.reload({"system", "SIGHUP"});
    } catch (const std::exception& error) {
      spdlog::error("config_not_reloaded error=\"{}\"", error.what());
    }
  }
  end_in_time();
  return exit_done;
}

int run(const po::variables_map& given, const Clock& clock, std::ostream& out) {
  if (given.count("config") == 0) {
    throw Error(ErrorCode::usage, "name the configuration file: costd --config costd.yaml");
  }
  // A zone that has gone from this machine stops its schedule, not the daemon.
  const bool is_check = given.count("check") != 0;
  const Settings settings = load_settings(given["config"].as<std::string>(), job_names(),
                                          is_check ? UnknownZones::refused : UnknownZones::noted);
  make_schedules(settings);
  if (is_check) return check(settings, clock, out);
  set_up_log(settings.log_level);
  signal(SIGPIPE, SIG_IGN);
  ::umask(0027);  // what costd keeps is nobody's business but its group's
  if (given.count("restore") != 0) {
    return restore(settings, given["restore"].as<std::string>(), clock, out);
  }
  if (given.count("once") == 0) return run_daemon(settings, clock);
  Core core(settings, clock);
  return run_once(core, given, out);
}

}  // namespace

int costd_main(const std::vector<std::string>& arguments, std::ostream& out, std::ostream& err,
               const Clock& clock) {
  const po::options_description options = make_options();
  try {
    po::variables_map given;
    po::store(po::command_line_parser(arguments).options(options).run(), given);
    if (given.count("help") != 0) {
      out << options;
      return exit_done;
    }
    if (given.count("version") != 0) {
      out << "costd " << COSTD_VERSION << "\n";
      return exit_done;
    }
    return run(given, clock, out);
  } catch (const po::error& error) {
    err << "costd: " << error.what() << "; see costd --help\n";
    return exit_usage;
  } catch (const Error& error) {
    err << "costd: " << error.what() << "\n";
    return exit_code_for(error);
  } catch (const std::exception& error) {
    err << "costd: " << error.what() << "\n";
    return exit_failed;
  }
}

}  // namespace costd
