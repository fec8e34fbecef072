#pragma once
// Closing a month: the gates that must be open, what stands in the way, and what was waived.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/time/calendar.hpp"
#include "ledger/time/instant.hpp"
#include "ledger/time/zone.hpp"

namespace costd {

enum class Gate {
  grace,       ///< the month, and the grace time after it, are over
  clock,       ///< the clock is trusted
  sources,     ///< every source has got beyond the month's end
  quarantine,  ///< nothing was refused that belongs, or may belong, to the month
  unpriced,    ///< everything booked in it has a price
  rollup,      ///< everything booked in it is rated
};
std::string_view name_of(Gate gate);
std::optional<Gate> parse_gate(std::string_view text);
/// "grace, clock, ...", for messages.
std::string gate_names();

/// `open` until the month is over, then `grace` until it is closed, however long that takes.
enum class PeriodState { open, grace, closed };
std::string_view name_of(PeriodState state);

/// How far a source has got.
struct SourceProgress {
  std::string name;
  std::optional<Instant>
      last_record_at;  ///< the latest time of its records; nothing if it has none
};

/// What is known about one tenant's month, for the gates to judge.
struct PeriodFacts {
  std::string tenant;
  Month month{};
  std::string zone;       ///< the IANA name of the tenant's billing zone in that month
  Instant begin;          ///< of the month, in that zone
  Instant end;            ///< exclusive
  Instant closable_from;  ///< end + grace
  Instant now;
  bool is_closed = false;
  std::optional<InstantRange> clock_jump;  ///< one that nobody has confirmed
  std::vector<SourceProgress> sources;     ///< every configured one
  std::int64_t refused_lines = 0;  ///< with a date in the month; of the tenant, or of nobody
  std::int64_t undated_lines = 0;  ///< without a date, of the tenant or nobody, since it began
  std::int64_t refused_files = 0;  ///< as a whole, since it began
  std::int64_t unpriced_requests = 0;
  std::vector<std::string> unpriced_models;  ///< sorted
  std::vector<Day> unrated_days;             ///< with usage booked in the month
};
PeriodState state_of(const PeriodFacts& facts);

/// One gate that is shut.
struct Obstacle {
  Gate gate = Gate::grace;
  std::int64_t amount = 1;              ///< of sources, lines, requests or days
  std::vector<std::string> subjects{};  ///< names of the sources or models, sorted
  std::string what;                     ///< "2 refused lines are dated in the month"
  std::string remedy;                   ///< what opens it
};
/// In the order of the gates. Nothing if the month can be closed. What only the rest of the month
/// can bring (sources, the rollup) is no obstacle before the month is over; grace is.
std::vector<Obstacle> find_obstacles(const PeriodFacts& facts);

/// Somebody's word that a month may be closed in spite of an obstacle.
struct Waiver {
  Gate gate = Gate::grace;
  Instant at;
  std::string by;  ///< "uid:1000"
  std::string reason;
  std::int64_t amount = 1;  ///< what stood in the way then
  std::vector<std::string> subjects{};
  std::string what;
};
/// The waiver holds for what was known when it was given: no more of it, and nothing else by name.
bool covers(const Waiver& waiver, const Obstacle& obstacle);
/// Those that no waiver covers.
std::vector<Obstacle> without_waived(std::vector<Obstacle> obstacles,
                                     const std::vector<Waiver>& waivers);
/// Why nobody can waive the gate now, with the remedy; "" if somebody can. The clock and the rollup
/// never are: a command opens them. Nothing is before the month is over.
std::string why_not_waivable(Gate gate, const PeriodFacts& facts);

/// "2 refused lines are dated in the month; 4 requests have no price (m-new)".
std::string describe(const std::vector<Obstacle>& obstacles);

}  // namespace costd
