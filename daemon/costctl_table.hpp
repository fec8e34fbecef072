#pragma once
// Rows of JSON as aligned tables for people and as CSV for programs.

#include <string>
#include <vector>

#include "daemon/costctl_context.hpp"

namespace costd {

/// How a value is shown in a table. CSV has every value as the daemon gave it.
enum class CellKind {
  text,        ///< cut to 48 columns
  whole_text,  ///< never cut
  key,         ///< an API key, masked
  count,       ///< whole number with thousands separators
  money,       ///< US dollars, rounded to cents
  decimal,     ///< a number as it is, such as a price
  percent,     ///< a number as it is, with a percent sign
  instant,     ///< "2026-11-01 05:00:00Z"
};

struct Column {
  std::string header;
  std::string pointer;  ///< JSON pointer into the row, "/longContext/above"
  CellKind kind = CellKind::text;
};

struct TableModel {
  std::vector<Column> columns;
  std::string when_empty;  ///< what to say where there are no rows
};

/// Aligned by display width, numbers to the right. Columns that are empty in all rows are left out.
/// `footer` is a last row of totals, or null.
std::string render_table(const TableModel& model, const Json& rows, const Json& footer = nullptr);

/// RFC 4180, with the members' names as header ("longContext.above"). Text that a spreadsheet would
/// take for a formula gets an apostrophe in front.
std::string render_csv(const TableModel& model, const Json& rows);

/// One object as "Label  value" lines; empty values are left out.
std::string render_facts(const std::vector<Column>& columns, const Json& object);

/// One value as a table shows it; "" for what is missing or null.
std::string format_cell(const Column& column, const Json& row);

/// Prints rows in the format asked for; as JSON it prints the whole `answer`.
void print_rows(Context& context, const TableModel& model, const Json& rows, const Json& answer,
                const Json& footer = nullptr);
void print_json(Context& context, const Json& answer);

}  // namespace costd
