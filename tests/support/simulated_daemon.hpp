#pragma once
// The scheduler, the runs and the outbox on a real database, driven on one thread by a clock that
// stands where the simulation puts it, with faults drawn from a seed.

#include <map>
#include <random>
#include <set>

#include "daemon/clock_guard.hpp"
#include "daemon/run_queue.hpp"
#include "daemon/scheduler.hpp"
#include "jobs/deliver_job.hpp"
#include "ledger/error.hpp"
#include "ledger/store/outbox_store.hpp"
#include "ledger/store/run_store.hpp"
#include "tests/support/desk.hpp"
#include "tests/support/test_database.hpp"

namespace costd::test {

/// The process ends here. No exception of the product's, so that nothing of it catches it.
struct ProcessEnd {};

/// What goes wrong, and how often in a thousand chances.
struct FaultRates {
  int end_before_commit = 2;
  int end_after_commit = 2;
  int refused_commit = 2;
  int failing_job = 30;
  int ending_job = 5;
  int unfinished_close = 200;
  int lost_answer = 60;
  int ending_send = 20;
  int refused_send = 100;
};
inline constexpr FaultRates no_faults{0, 0, 0, 0, 0, 0, 0, 0, 0};

class Dice {
 public:
  explicit Dice(std::uint32_t seed) : engine_(seed) {}
  bool in_a_thousand(int chances) { return below(1000) < chances; }
  int below(int bound) { return static_cast<int>(engine_() % static_cast<std::uint32_t>(bound)); }

 private:
  std::mt19937 engine_;
};

/// What the outside world has seen: it survives the process.
struct Outside {
  std::map<std::string, int> accepted;                 ///< Message-ID -> times
  std::map<std::string, std::set<std::string>> bytes;  ///< Message-ID -> the bodies it had
  int excused_repeats = 0;                ///< sends whose answer was lost, or that a crash cut off
  std::vector<std::string> closed;        ///< periods, in the order of closing
  std::map<std::string, int> statements;  ///< period -> times made
  int process_ends = 0;
  int refused_commits = 0;
  int runs = 0;
};

/// What one process holds; made anew after each end.
struct Process {
  Process(const std::string& file, const std::vector<Schedule>& schedules, const Clock& clock,
          JobCatalogue jobs, std::unique_ptr<Transport> transport)
      : database(file),
        desk(std::make_shared<RecordingDesk>()),
        guard(database, clock, std::chrono::hours(24)),
        scheduler(database, schedules, desk),
        runs(database, std::move(jobs), clock, desk),
        relay(database) {
    runs.before_each([this](AlertDesk* alerts) { guard.look(alerts); });
    relay.add_lane({.channel = "mail"}, std::move(transport), mail_retries);
  }

  Database database;
  std::shared_ptr<RecordingDesk> desk;
  ClockGuard guard;
  Scheduler scheduler;
  RunQueue runs;
  OutboxRelay relay;
};

/// Accepts, refuses, loses its answer, or the process ends while it sends.
class FaultyTransport : public Transport {
 public:
  FaultyTransport(Outside& outside, Dice& dice, const FaultRates& rates)
      : outside_(outside), dice_(dice), rates_(rates) {}

  SendResult send(const Envelope& envelope, const std::string& message) override {
    if (dice_.in_a_thousand(rates_.refused_send)) return {SendOutcome::retry, "450 busy"};
    if (dice_.in_a_thousand(rates_.ending_send)) {
      if (dice_.in_a_thousand(500)) accept(envelope, message);
      ++outside_.excused_repeats;
      throw ProcessEnd{};
    }
    if (dice_.in_a_thousand(rates_.lost_answer)) {
      if (dice_.in_a_thousand(500)) accept(envelope, message);
      ++outside_.excused_repeats;
      return {SendOutcome::ambiguous, "no answer after the final dot"};
    }
    accept(envelope, message);
    return {SendOutcome::sent, "250 OK"};
  }

 private:
  void accept(const Envelope& envelope, const std::string& message) {
    ++outside_.accepted[envelope.message_id];
    outside_.bytes[envelope.message_id].insert(message);
  }

  Outside& outside_;
  Dice& dice_;
  const FaultRates& rates_;
};

/// A job that the simulation makes fail, end the process, or do its work.
class FaultyJob : public Job {
 public:
  using Work = std::function<JobResult(JobContext&)>;
  FaultyJob(std::string name, Dice& dice, const FaultRates& rates, Work work)
      : name_(std::move(name)), dice_(dice), rates_(rates), work_(std::move(work)) {}
  std::string name() const override { return name_; }

  JobResult run(JobContext& context) override {
    if (dice_.in_a_thousand(rates_.failing_job)) {
      throw Error(dice_.in_a_thousand(700) ? ErrorCode::database : ErrorCode::data, "it failed");
    }
    JobResult result = work_(context);
    if (dice_.in_a_thousand(rates_.ending_job)) throw ProcessEnd{};
    return result;
  }

 private:
  std::string name_;
  Dice& dice_;
  const FaultRates& rates_;
  Work work_;
};

}  // namespace costd::test
