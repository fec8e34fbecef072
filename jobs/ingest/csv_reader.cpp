#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>

#include "jobs/ingest/record_reader.hpp"
#include "ledger/error.hpp"

namespace costd {
namespace {

constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

struct MappedColumn {
  std::string field;
  std::size_t index = 0;
};

std::vector<MappedColumn> map_columns(const std::map<std::string, std::string>& columns,
                                      const CsvFields& header) {
  std::vector<MappedColumn> mapped;
  const auto index_of = [&](const std::string& name) {
    return static_cast<std::size_t>(std::ranges::find(header, name) - header.begin());
  };
  if (columns.empty()) {
    for (const std::string& field : usage_field_names()) {
      if (index_of(field) < header.size()) mapped.push_back({field, index_of(field)});
    }
    return mapped;
  }
  for (const auto& [field, column] : columns) {
    if (index_of(column) == header.size()) {
      throw Error(ErrorCode::data, fmt::format("the header has no column \"{}\" for {}; it has: {}",
                                               column, field, fmt::join(header, ", ")));
    }
    mapped.push_back({field, index_of(column)});
  }
  return mapped;
}

Rejection refuse(std::string reason, std::string detail) {
  return {std::move(reason), std::move(detail), "", "", std::nullopt};
}

class CsvReader : public RecordReader {
 public:
  CsvReader(RecordRules rules, const CsvMapping& mapping, const CsvFields& header)
      : rules_(std::move(rules)),
        constants_(mapping.constants),
        columns_(map_columns(mapping.columns, header)),
        width_(header.size()) {}

  void parse(const Line& line, std::vector<ParsedLine>& parsed) override {
    parsed.push_back(parse_record(line));
  }

 private:
  ParsedLine parse_record(const Line& line) {
    const auto row = csv_row(line.text, width_);
    if (const auto* rejection = std::get_if<Rejection>(&row)) return *rejection;
    const auto& values = std::get<CsvFields>(row);
    UsageFields fields;
    std::optional<Rejection> wrong;
    const auto set = [&](const std::string& field, const std::string& value) {
      auto reason = set_field(fields, field, value);
      if (!wrong) wrong = std::move(reason);  // the fields after it say whose record it was
    };
    for (const auto& [field, value] : constants_) set(field, value);
    for (const MappedColumn& column : columns_) set(column.field, values[column.index]);
    if (wrong) return with_identity(std::move(*wrong), fields, rules_);
    return build_record(fields, rules_);
  }

  RecordRules rules_;
  std::map<std::string, std::string> constants_;
  std::vector<MappedColumn> columns_;
  std::size_t width_;
};

}  // namespace

std::optional<CsvFields> split_csv(std::string_view line) {
  CsvFields fields(1);
  for (std::size_t at = 0; at < line.size(); ++at) {
    if (line[at] == ',') {
      fields.emplace_back();
    } else if (line[at] != '"') {
      fields.back() += line[at];
    } else if (!fields.back().empty()) {
      return std::nullopt;
    } else {
      for (++at;; ++at) {
        if (at >= line.size()) return std::nullopt;
        if (line[at] != '"') {
          fields.back() += line[at];
        } else if (at + 1 < line.size() && line[at + 1] == '"') {
          fields.back() += line[at++];
        } else {
          break;
        }
      }
      if (at + 1 < line.size() && line[at + 1] != ',') return std::nullopt;
    }
  }
  return fields;
}

std::variant<CsvFields, Rejection> csv_row(std::string_view line, std::size_t width) {
  if (!simdjson::validate_utf8(line.data(), line.size())) {
    return refuse("invalid_utf8", "the line is not valid UTF-8");
  }
  auto fields = split_csv(line);
  if (!fields) return refuse("malformed_csv", "a quote is not closed or stands inside a field");
  if (fields->size() != width) {
    return refuse("malformed_csv",
                  fmt::format("the line has {} fields and the header {}", fields->size(), width));
  }
  return std::move(*fields);
}

CsvFields csv_header(std::string_view line) {
  if (line.starts_with(byte_order_mark)) line.remove_prefix(byte_order_mark.size());
  if (line.ends_with('\r')) line.remove_suffix(1);
  auto names = split_csv(line);
  if (!names) throw Error(ErrorCode::data, "the header line is no CSV");
  return std::move(*names);
}

std::unique_ptr<RecordReader> make_csv_reader(RecordRules rules, const CsvMapping& mapping,
                                              std::string_view header) {
  return std::make_unique<CsvReader>(std::move(rules), mapping, csv_header(header));
}

}  // namespace costd
