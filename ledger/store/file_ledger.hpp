#pragma once
// What was taken in: files by content, refused lines with their reasons, and tallies by day.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ledger/time/calendar.hpp"
#include "ledger/time/instant.hpp"

namespace costd {

class Connection;
class UnitOfWork;

/// The id of a source by its name, made if it is new.
std::int64_t store_source(UnitOfWork& unit, const std::string& name);

struct FileCounts {
  std::int64_t accepted = 0;
  std::int64_t duplicates = 0;
  std::int64_t conflicts = 0;
  std::int64_t quarantined = 0;  ///< malformed lines; conflicts are apart
  FileCounts& operator+=(const FileCounts& other);
};

/// One spool file, known by the hash of its decompressed bytes.
struct LedgerFile {
  std::int64_t id = 0;
  std::int64_t source = 0;
  std::string content_hash;
  std::int64_t bytes = 0;       ///< decompressed
  std::string name;
  bool done = false;
  std::int64_t offset = 0;      ///< decompressed bytes committed so far
  std::int64_t lines = 0;       ///< lines committed so far
  FileCounts counts;
};

std::optional<LedgerFile> find_ledger_file(Connection& connection, std::int64_t source,
                                           const std::string& content_hash, std::int64_t bytes);
/// Stores a file seen for the first time; its id is filled in.
LedgerFile store_ledger_file(UnitOfWork& unit, LedgerFile file, Instant now);
/// Stores progress, counts and the done mark.
void update_ledger_file(UnitOfWork& unit, const LedgerFile& file, Instant now);

struct QuarantinedLine {
  std::int64_t source = 0;
  std::int64_t file = 0;
  std::string file_name;
  std::int64_t line = 0;        ///< 1-based; 0 = the whole file
  std::string reason;           ///< short code: "malformed_json", "id_conflict"
  std::string detail;           ///< for people
  std::string record_id;
  std::string tenant;           ///< "" = not known
  std::optional<Day> day;       ///< local date of the record, where it could be read
  std::string raw;              ///< the line, cut to a limit
  Instant at;
};
void store_quarantined_line(UnitOfWork& unit, const QuarantinedLine& line);
std::vector<QuarantinedLine> load_quarantined_lines(Connection& connection, std::int64_t limit);

/// What became of records, by local day, booking month and tenant. Lines without a readable date
/// have neither.
enum class IngestOutcome { accepted, duplicate, conflict, quarantined };
const char* name_of(IngestOutcome outcome);

struct DatedTally {
  Day day{};
  Month booked{};
};
void add_ingest_tally(UnitOfWork& unit, const std::optional<DatedTally>& date,
                      const std::string& tenant, IngestOutcome outcome, std::int64_t records);

struct IngestTotals {
  std::int64_t accepted = 0;
  std::int64_t duplicates = 0;
  std::int64_t quarantined = 0;  ///< malformed lines and conflicts
};
/// Totals of a range of days or of a booking month, of one tenant or of all (""). Lines without a
/// date are left out.
IngestTotals load_ingest_totals(Connection& connection, const DayRange& range,
                                const std::string& tenant);
IngestTotals load_ingest_totals(Connection& connection, Month booked, const std::string& tenant);
/// Lines refused before a date could be read.
std::int64_t count_undated_lines(Connection& connection);
/// Totals of everything ever taken in, lines without a date included.
IngestTotals load_all_ingest_totals(Connection& connection);

}  // namespace costd
