#pragma once
// Turns the lines of one file into records: the gateway's JSON lines, CSV with a header, and what
// other gateways and providers write.

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "jobs/ingest/format.hpp"
#include "jobs/ingest/line.hpp"
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

/// How a site's columns, fields or attributes are called. For formats that have names of their own,
/// `columns` may say where the tenant (tenantId) and the key (apiKey) are.
struct CsvMapping {
  std::map<std::string, std::string> columns;    ///< record field -> column; empty = by field names
  std::map<std::string, std::string> constants;  ///< record field -> value
};
/// `header` is the file's first line. Throws Error(data) naming a mapped column that is not there.
/// RFC 4180 quoting; a field cannot hold a line end.
std::unique_ptr<RecordReader> make_csv_reader(RecordRules rules, const CsvMapping& mapping,
                                              std::string_view header);

/// Other gateways' and providers' formats; what each of them makes of its source's fields is said
/// at the top of its source file. Of a format that is framed by documents, a Line's text is one
/// whole document.
std::unique_ptr<RecordReader> make_litellm_reader(RecordRules rules, const CsvMapping& mapping,
                                                  std::string_view first_line);
std::unique_ptr<RecordReader> make_otlp_reader(RecordRules rules, const CsvMapping& mapping);
std::unique_ptr<RecordReader> make_openai_reader(RecordRules rules, const CsvMapping& mapping);
std::unique_ptr<RecordReader> make_anthropic_reader(RecordRules rules, const CsvMapping& mapping);

/// The reader of a file in the format. `first_line` matters where begins_with_header says so: that
/// line is then the header and must not be parsed. Throws Error(data) if it does not fit.
std::unique_ptr<RecordReader> make_record_reader(RecordFormat format, const RecordRules& rules,
                                                 const CsvMapping& mapping,
                                                 std::string_view first_line);

using CsvFields = std::vector<std::string>;

/// The fields of one CSV line; nothing if a quote is not closed or stands in the wrong place.
std::optional<CsvFields> split_csv(std::string_view line);
/// The `width` fields of a CSV line, or why it is none of them.
std::variant<CsvFields, Rejection> csv_row(std::string_view line, std::size_t width);
/// The names in a header line. Throws Error(data) if it is no CSV.
CsvFields csv_header(std::string_view line);

}  // namespace costd
