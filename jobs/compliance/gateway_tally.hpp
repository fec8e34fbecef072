#pragma once
// What a report says of the gateway's audit events: counted, and written row by row for those who
// want to see each.

#include <array>
#include <map>
#include <string>
#include <tuple>
#include <unordered_set>

#include "jobs/compliance/gateway_log.hpp"
#include "jobs/compliance/local_clock.hpp"
#include "reports/compliance_model.hpp"
#include "reports/csv_writer.hpp"

namespace costd {

/// Of when the events are that a report shows.
struct TallyScope {
  InstantRange range;
  Instant as_of;  ///< later timestamps are of the future
};

/// Which files of rows are written besides the counts.
enum TallyFiles : unsigned {
  no_files = 0,
  all_events = 1,
  access_log = 2,
  authorization_log = 4,
  policy_violations = 8,
};

enum class EventOutcome { done, denied, failed };
const char* name_of(EventOutcome outcome);
/// A refusal by policy, guardrail or budget, and a 401 or 403, is denied; another status of 400 or
/// more, and an e-mail that failed, is failed.
EventOutcome outcome_of(const LogEvent& event);
/// Who may do what: events of policies, decisions other than ALLOW (which each call of the access
/// log has), and answers 401 and 403.
bool is_authorization(const LogEvent& event);
/// Something was asked for or came out that a rule forbids.
bool is_violation(const LogEvent& event);

struct OutcomeCounts {
  std::int64_t done = 0;
  std::int64_t denied = 0;
  std::int64_t failed = 0;
  std::int64_t all() const { return done + denied + failed; }
  void add(EventOutcome outcome);
};

/// What one API key did in the period.
struct KeyUse {
  std::string tenant;
  std::string masked;
  OutcomeCounts requests;
  std::int64_t tokens = 0;
  Instant first_at = Instant::max();
  Instant last_at = Instant::min();
  Instant last_done_at = Instant::min();  ///< of the calls that were let through
  bool is_new = true;                     ///< it was not seen in the log before the period
  std::array<std::int64_t, 24> by_hour_of_day{};
  std::map<std::int64_t, std::int64_t> by_hour;  ///< hours since 1970, local time
};

struct PolicyUse {
  std::int64_t count = 0;
  Instant first_at = Instant::max();
  Instant last_at = Instant::min();
};

/// From where to where the numbers of a chain go in the report.
struct SeqRange {
  std::int64_t first = 0;
  std::int64_t last = 0;
  std::int64_t events = 0;
};

class GatewayTally {
 public:
  GatewayTally(TallyScope scope, Zone zone, unsigned files);

  /// Events of whom the report is about, in the order of the log; of any time.
  void take(const LogEvent& event);

  // What became of the events that were taken: the three add up to them.
  std::int64_t in_report = 0;
  std::int64_t outside_period = 0;
  std::int64_t without_time = 0;
  std::int64_t taken() const { return in_report + outside_period + without_time; }
  std::int64_t of_the_future = 0;  ///< a part of outside_period

  std::map<std::string, std::map<Day, OutcomeCounts>> by_type;
  std::map<std::string, SeqRange> by_chain;
  std::map<std::pair<std::string, std::string>, KeyUse> keys;  ///< by tenant and key
  /// By policy id, rule id and decision.
  std::map<std::tuple<std::string, std::string, std::string>, PolicyUse> policies;
  std::map<std::string, PolicyUse> violations;  ///< by type
  std::map<Day, std::int64_t> refused_logins;   ///< 401 and 403
  std::array<std::int64_t, 24> by_hour_of_day{};
  std::map<std::pair<std::string, std::string>, std::int64_t> targets;  ///< by model and provider

  struct Rows {
    CsvWriter csv;
    std::int64_t count = 0;
    std::vector<std::vector<std::string>> first;  ///< rows to show in the report
  };
  Rows event_rows;
  Rows access_rows;
  Rows authorization_rows;
  Rows violation_rows;

 private:
  bool is_in_period(const LogEvent& event);
  KeyUse* use_of_key(const LogEvent& event);
  void count(const LogEvent& event, EventOutcome outcome, LocalTime local, const KeyUse* key);
  void write_rows(const LogEvent& event, EventOutcome outcome, const KeyUse* key);

  TallyScope scope_;
  LocalClock clock_;
  unsigned files_;
  std::unordered_set<std::string> seen_before_;  ///< keys used before the period, with their tenant
};

/// The text without its JSON escapes.
std::string plain_text(std::string_view escaped);

}  // namespace costd
