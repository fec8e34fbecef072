#pragma once
// A run's progress: a bar redrawn in place on a terminal, a line for each job elsewhere.

#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>

#include "daemon/costctl_context.hpp"

namespace costd {

/// One moment of a job.
struct JobProgress {
  std::string job;
  std::int64_t done = 0;
  std::int64_t total = 0;  ///< 0 = unknown
  std::string unit;
  double per_second = 0;  ///< 0 = not known yet
};

/// "ingest    ██████░░░░░░  52%  104,000/200,000 records  51,200/s  0:02 left".
std::string render_progress(const JobProgress& progress);

/// Shows a run as its news come in.
class RunDisplay {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  RunDisplay(std::ostream& out, Screen screen) : out_(out), screen_(screen) {}

  /// The run as the daemon described it at `now`.
  void show(const Json& run, TimePoint now);

 private:
  void show_bar(const Json& run, TimePoint now);
  void show_lines(const Json& run);
  void close_bar();

  std::ostream& out_;
  Screen screen_;
  bool bar_open_ = false;
  std::size_t started_count_ = 0;  ///< jobs whose start was printed
  std::string job_;                ///< the one that the rate is of
  TimePoint job_seen_at_;
  std::int64_t job_first_done_ = 0;
};

/// succeeded, failed, cancelled, skipped, missed or abandoned.
bool has_ended(const Json& run);

}  // namespace costd
