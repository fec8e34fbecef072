#pragma once
// Turns the lines of one file into records: the gateway's JSON lines, CSV with a header, and what
// other gateways and providers write.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "jobs/ingest/line_reader.hpp"
#include "jobs/ingest/usage_fields.hpp"

namespace costd {

class RecordReader {
 public:
  virtual ~RecordReader() = default;
  /// Appends what the line holds: one record or rejection, in some formats several or none. Not
  /// called for blank lines; see is_blank.
  virtual void parse(const Line& line, std::vector<ParsedLine>& parsed) = 0;
};

/// True for a line of white space only: counted, never a record.
bool is_blank(std::string_view text);

/// One JSON object a line, in the gateway's own fields; any key order, unknown keys ignored.
std::unique_ptr<RecordReader> make_json_reader(RecordRules rules);

struct CsvMapping {
  std::map<std::string, std::string> columns;    ///< record field -> column; empty = by field names
  std::map<std::string, std::string> constants;  ///< record field -> value
};
/// `header` is the file's first line. Throws Error(data) naming a mapped column that is not there.
/// RFC 4180 quoting; a field cannot hold a line end.
std::unique_ptr<RecordReader> make_csv_reader(RecordRules rules, const CsvMapping& mapping,
                                              std::string_view header);

/// The fields of one CSV line; nothing if a quote is not closed or stands in the wrong place.
std::optional<std::vector<std::string>> split_csv(std::string_view line);

}  // namespace costd
