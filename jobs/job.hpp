#pragma once
// What every job is to the runner: a name, and one pass from ledger to ledger, file or mail.

#include <cstdint>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "ledger/audit_event.hpp"
#include "ledger/run.hpp"
#include "ledger/store/database.hpp"

namespace costd {

/// Where a job says how far it is. Called on the worker thread that runs the job.
class RunMonitor {
 public:
  virtual ~RunMonitor() = default;
  virtual void progress(const RunProgress& progress) = 0;
  /// One fact, "event key=value"; kept with the run.
  virtual void log(const std::string& line) = 0;
};

struct JobContext {
  Database& database;
  Instant as_of;  ///< "now", taken once per run
  RunParameters parameters;
  Actor actor;
  std::string run_id;
  std::stop_token stop;
  RunMonitor& monitor;

  /// The parameter, or "" where the run has none of that name.
  std::string parameter(const std::string& name) const;
  /// Throws Error(cancelled) once the run has been asked to stop. Call it at least every 100 ms.
  void check_stop() const;
};

struct JobResult {
  std::map<std::string, std::int64_t> counts;  ///< records, files, reports, ...; zeros left out
  std::vector<std::string> inputs;             ///< what it was made from: files, snapshots
  /// Report ids, paths; those of an attempt that was cut off may be among them.
  std::vector<std::string> outputs;
  /// Why not everything could be done yet (a month that cannot be closed before somebody mends
  /// something); "" = all is done. The later jobs of the chain run all the same; afterwards the
  /// run waits, and goes on from this job an hour later, or when somebody asks for it.
  std::string unfinished;

  void count(const std::string& name, std::int64_t value);
};

class Job {
 public:
  virtual ~Job() = default;
  virtual std::string name() const = 0;
  /// Throws Error; whatever was committed before stays, and running again goes on from there.
  virtual JobResult run(JobContext& context) = 0;
};

}  // namespace costd
