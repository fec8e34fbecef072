// A year of the scheduler, the runs and the outbox with everything going wrong, many times over.
//
// COSTD_SIMULATION_SEEDS says how many years in all (1,000), COSTD_SIMULATION_SEED the first; a
// failure names its seed, and the seed alone replays it.

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "ledger/sha256.hpp"
#include "ledger/store/audit_store.hpp"
#include "tests/support/quiet_log.hpp"
#include "tests/support/simulated_daemon.hpp"

namespace costd {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using test::at;
using test::Dice;
using test::FaultRates;
using test::Outside;
using test::ProcessEnd;

/// Sanitizers make a year take ten times as long; what they look for is found in fewer.
#ifdef __SANITIZE_ADDRESS__
constexpr std::uint32_t seeds_by_default = 20;
#else
constexpr std::uint32_t seeds_by_default = 1'000;
#endif

/// In memory, where the machine has such a place: a disk would take minutes to sync what every year
/// throws away.
std::filesystem::path place_for_years() {
  const std::filesystem::path memory = "/dev/shm";
  return std::filesystem::is_directory(memory) ? memory : std::filesystem::temp_directory_path();
}

const Instant year_begin = at("2026-01-10T00:00:00Z");
const Instant year_end = at("2027-01-10T00:00:00Z");
const Actor somebody{"uid", "1000"};
const std::string mail_text = "Message-ID: <x>\r\n\r\nthe statement\r\n";

/// Month-ends that are never skipped, and a weekly job at an hour that a spring night leaves out.
std::vector<Schedule> year_schedules() {
  Settings settings;
  ScheduleSettings month_end;
  month_end.name = "month-end";
  month_end.cron = "0 6 4 * *";
  month_end.time_zone = "Europe/Zurich";
  month_end.jobs = {"close", "chargeback"};
  month_end.period = "previous_month";
  month_end.after_previous = true;
  ScheduleSettings weekly;
  weekly.name = "weekly";
  weekly.cron = "30 2 * * SUN";
  weekly.time_zone = "Europe/Zurich";
  weekly.jobs = {"ingest", "rollup"};
  weekly.jitter = minutes(20);
  settings.schedules = {month_end, weekly};
  return make_schedules(settings);
}

/// A database with its schema, copied for each year: making one takes longer than some years.
const std::string& empty_database() {
  static const TemporaryFolder folder(place_for_years());
  static const std::string file = [] {
    { const Database made(folder / "empty.db"); }
    return folder / "empty.db";
  }();
  return file;
}

class Year {
 public:
  explicit Year(std::uint32_t seed) : seed_(seed), dice_(seed) {
    std::filesystem::copy_file(empty_database(), folder_ / "costd.db");
    payload_ = folder_.write("statement.eml", mail_text);
    // Nothing vouches for the clock in half of the years.
    clock_.set_synchronised(seed % 2 == 0);
    // The schedules begin at the first look.
    rates_ = test::no_faults;
    start();
    step();
    rates_ = FaultRates{};
  }

  void live() {
    while (clock_.now() < year_end) {
      disturb();
      step();
      pass_time();
    }
    rates_ = test::no_faults;
    settle();
  }

  void check() {
    INFO("seed " << seed_);
    check_slots();
    check_mails();
    check_order();
    check_audit_chain();
  }

  const Outside& outside() const { return outside_; }

 private:
  void start() {
    for (;;) {
      try {
        process_ = std::make_unique<test::Process>(
            folder_ / "costd.db", year_schedules(), clock_, make_simulated_jobs(),
            std::make_unique<test::FaultyTransport>(outside_, dice_, rates_));
        process_->database.set_commit_hook([this](CommitMoment moment) { at_commit(moment); });
        process_->runs.recover();
        return;
      } catch (const ProcessEnd&) {
        ++outside_.process_ends;
      } catch (const Error&) {
        ++outside_.refused_commits;  // the service manager starts it again
      }
    }
  }

  void at_commit(CommitMoment moment) {
    if (moment == CommitMoment::before) {
      if (dice_.in_a_thousand(rates_.end_before_commit)) throw ProcessEnd{};
      if (dice_.in_a_thousand(rates_.refused_commit)) {
        ++outside_.refused_commits;
        throw Error(ErrorCode::database, "the disk is full");
      }
    } else if (dice_.in_a_thousand(rates_.end_after_commit)) {
      throw ProcessEnd{};
    }
  }

  JobCatalogue make_simulated_jobs() {
    JobCatalogue jobs;
    const auto add = [&](const char* name, test::FaultyJob::Work work) {
      jobs[name] = std::make_unique<test::FaultyJob>(name, dice_, rates_, std::move(work));
    };
    const auto count_run = [this](JobContext&) {
      ++outside_.runs;
      return JobResult{};
    };
    add("ingest", count_run);
    add("rollup", count_run);
    add("close", [this](JobContext& context) { return close(context); });
    add("chargeback", [this](JobContext& context) { return charge_back(context); });
    return jobs;
  }

  /// Once for each month, as the real one: what is closed stays closed.
  JobResult close(JobContext& context) {
    JobResult result;
    result.count("months", 1);  // runs that did nothing are thinned after a week
    const std::string period = context.parameter("period");
    if (find_clock_hold(context.database.snapshot())) {
      result.unfinished = "the clock is not confirmed";
    } else if (dice_.in_a_thousand(rates_.unfinished_close)) {
      result.unfinished = "3 lines are quarantined";
    } else {
      UnitOfWork unit = context.database.begin();
      unit.audit({.seq = 0,
                  .at = context.as_of,
                  .actor = context.actor,
                  .action = "period.close",
                  .object = period});
      unit.commit();
      if (std::ranges::find(outside_.closed, period) == outside_.closed.end()) {
        outside_.closed.push_back(period);
      }
    }
    return result;
  }

  /// The statement's mail is owed once for each month, however often the job runs.
  JobResult charge_back(JobContext& context) {
    const std::string period = context.parameter("period");
    if (std::ranges::find(outside_.closed, period) == outside_.closed.end()) return {};
    OutboxMessage message;
    message.dedupe_key = message.id = "chargeback/" + period;
    message.sender = "costd@example.com";
    message.recipient = "finance@example.com";
    message.message_id = period + "@example.com";
    message.payload_path = payload_;
    message.payload_sha256 = sha256_hex(mail_text);
    message.not_before = message.created_at = message.updated_at = context.as_of;
    UnitOfWork unit = context.database.begin();
    store_outbox_message(unit, message);
    unit.commit();
    ++outside_.statements[period];
    return {};
  }

  /// Runs `act` in the process as it is; where that ends the process, another one is started.
  template <typename Act>
  void in_process(Act act) {
    try {
      act(*process_);
    } catch (const ProcessEnd&) {
      end_process();
    } catch (const Error&) {
      // The daemon's loops note it and try again a second later.
    }
  }

  void end_process() {
    ++outside_.process_ends;
    process_.reset();
    start();
  }

  void step() {
    in_process([&](test::Process& process) {
      const auto hold = process.guard.look(process.desk.get());
      process.scheduler.decide_slots(clock_.now(), hold ? ClockTrust::held : ClockTrust::trusted);
    });
    in_process([&](test::Process& process) {
      while (process.runs.run_next()) {
      }
    });
    in_process([&](test::Process& process) { process.relay.relay_due(clock_.now(), {}); });
  }

  /// To the next slot, start or attempt, or some hours less.
  void pass_time() {
    Instant next = clock_.now() + hours(72);
    in_process([&](test::Process& process) {
      const Snapshot snapshot = process.database.snapshot();
      next = std::min(next, find_next_start(snapshot, clock_.now()).value_or(next));
    });
    in_process([&](test::Process& process) {
      next = std::min(next, process.scheduler.next_slot(clock_.now()).value_or(next));
    });
    if (dice_.in_a_thousand(300)) next = clock_.now() + minutes(1 + dice_.below(600));
    clock_.advance(next - clock_.now());
  }

  void disturb() {
    if (dice_.in_a_thousand(20)) end_process();
    if (dice_.in_a_thousand(10)) {  // costd is down for a while
      process_.reset();
      clock_.advance(hours(1 + dice_.below(dice_.in_a_thousand(200) ? 24 * 40 : 24)));
      start();
    }
    if (dice_.in_a_thousand(10)) clock_.set(clock_.now() - minutes(1 + dice_.below(180)));
    if (dice_.in_a_thousand(5)) clock_.set(clock_.now() + hours(1 + dice_.below(23)));
    if (dice_.in_a_thousand(5)) jump();
    if (dice_.in_a_thousand(10)) {
      in_process([&](test::Process& process) {
        process.scheduler.replace(year_schedules(), process.desk);
      });
    }
    if (dice_.in_a_thousand(100)) decide_like_a_person();
  }

  /// A wrong clock for some looks; while nobody vouches for it, no month may be closed by it.
  void jump() {
    if (clock_.is_synchronised()) return;
    const Instant right = clock_.now();
    clock_.set(right + hours(24 * (2 + dice_.below(400))));
    const auto closed_before = outside_.closed.size();
    for (int n = 0; n < 3; ++n) step();
    CHECK(outside_.closed.size() == closed_before);
    clock_.set(right);
    step();
  }

  void decide_like_a_person() {
    in_process([&](test::Process& process) {
      if (find_clock_hold(process.database.snapshot())) process.guard.confirm(somebody);
    });
    in_process([&](test::Process& process) {
      for (const Run& run : load_runs_in(process.database.snapshot(), RunState::failed)) {
        process.runs.retry(run.id, somebody);
      }
    });
    in_process([&](test::Process& process) { send_again_what_was_given_up(process.database); });
  }

  /// After weeks without costd a mail's four days are over at its next failure.
  void send_again_what_was_given_up(Database& database) {
    for (OutboxMessage message : load_outbox(database.snapshot(), 1'000)) {
      if (message.state != OutboxState::dead) continue;
      message.state = OutboxState::pending;
      message.attempts = 0;
      message.not_before = message.tried_since = message.updated_at = clock_.now();
      UnitOfWork unit = database.begin();
      update_outbox_message(unit, message);
      unit.commit();
    }
  }

  /// Everything is in order again and somebody looks after what is left.
  void settle() {
    for (int n = 0; n < 200 && !is_settled(); ++n) {
      decide_like_a_person();
      step();
      clock_.advance(minutes(45));
    }
  }

  bool is_settled() {
    const Snapshot snapshot = process_->database.snapshot();
    const OutboxCounts outbox = count_outbox(snapshot);
    return !find_clock_hold(snapshot) && outbox.waiting + outbox.failed == 0 &&
           load_runs_in(snapshot, RunState::queued).empty() &&
           load_runs_in(snapshot, RunState::running).empty() &&
           load_runs_in(snapshot, RunState::failed).empty();
  }

  void check_slots() {
    const Snapshot snapshot = process_->database.snapshot();
    std::map<std::string, std::map<Instant, std::vector<RunState>>> runs;
    for (const Run& run : load_runs(snapshot, {}, 100'000)) {
      runs[run.schedule][run.slot_at].push_back(run.state);
    }
    for (const auto& [schedule, slots] : runs) {
      for (const auto& [slot, states] : slots) {
        INFO(schedule << " " << format_instant(slot));
        CHECK(states.size() == 1);
        CHECK(is_ended(states.front()));
      }
    }
    // 4 February 2026 to 4 January 2027, each month once, in winter at 05:00 and in summer at 04:00
    // UTC.
    const auto& month_ends = runs["month-end"];
    CHECK(month_ends.size() >= 12);
    for (unsigned month = 2; month <= 13; ++month) {
      const int year = month == 13 ? 2027 : 2026;
      const unsigned of_year = month == 13 ? 1 : month;
      const bool summer = of_year >= 4 && of_year <= 10;
      const Day day(std::chrono::year(year) / std::chrono::month(of_year) / 4);
      const Instant slot = Instant(day.time_since_epoch()) + hours(summer ? 4 : 5);
      INFO("month-end " << format_instant(slot));
      REQUIRE(month_ends.contains(slot));
      CHECK(month_ends.at(slot) == std::vector<RunState>{RunState::succeeded});
    }
  }

  void check_mails() {
    int repeats = 0;
    for (const OutboxMessage& message : load_outbox(process_->database.snapshot(), 1'000)) {
      INFO(message.id);
      CHECK(message.state == OutboxState::sent);
      CHECK(outside_.accepted[message.message_id] >= 1);
      CHECK(outside_.bytes[message.message_id].size() == 1);
      repeats += outside_.accepted[message.message_id] - 1;
    }
    CHECK(outside_.accepted.size() >= 12);
    CHECK(repeats <= outside_.excused_repeats + outside_.process_ends + outside_.refused_commits);
  }

  void check_order() { CHECK(std::ranges::is_sorted(outside_.closed)); }

  void check_audit_chain() {
    std::string previous = audit_genesis_hash;
    std::int64_t seq = 0;
    for (const AuditEvent& event : load_audit_events(process_->database.snapshot(), 0, 100'000)) {
      CHECK(event.seq == ++seq);
      CHECK(event.previous_hash == previous);
      CHECK(hash_of(event) == event.hash);
      previous = event.hash;
    }
  }

  std::uint32_t seed_;
  Dice dice_;
  FaultRates rates_;
  TemporaryFolder folder_{place_for_years()};
  std::string payload_;
  ManualClock clock_{year_begin};
  Outside outside_;
  std::unique_ptr<test::Process> process_;
};

std::uint32_t setting(const char* name, std::uint32_t missing) {
  const char* text = std::getenv(name);
  return text == nullptr ? missing : static_cast<std::uint32_t>(std::stoul(text));
}

/// A part of all years, so that parts run beside each other.
void simulate(std::uint32_t part, std::uint32_t parts) {
  const test::QuietLog quiet;
  const auto seeds = setting("COSTD_SIMULATION_SEEDS", seeds_by_default);
  const auto first = setting("COSTD_SIMULATION_SEED", 20'261'126);
  int ends = 0;
  int refused = 0;
  std::uint32_t years = 0;
  for (std::uint32_t n = part; n < seeds; n += parts) {
    Year year(first + n);
    year.live();
    year.check();
    ends += year.outside().process_ends;
    refused += year.outside().refused_commits;
    ++years;
  }
  std::cout << years << " years, the first of seed " << first + part << ": the process ended "
            << ends << " times, " << refused << " commits were refused\n";
}

}  // namespace

TEST_CASE("in a year of faults each month is closed and mailed once, in order: first quarter",
          "[simulation][promise]") {
  simulate(0, 4);
}

TEST_CASE("in a year of faults each month is closed and mailed once, in order: second quarter",
          "[simulation][promise]") {
  simulate(1, 4);
}

TEST_CASE("in a year of faults each month is closed and mailed once, in order: third quarter",
          "[simulation][promise]") {
  simulate(2, 4);
}

TEST_CASE("in a year of faults each month is closed and mailed once, in order: last quarter",
          "[simulation][promise]") {
  simulate(3, 4);
}

}  // namespace costd
