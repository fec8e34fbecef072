#include "reports/csv_writer.hpp"

#include <algorithm>
#include <array>

namespace costd {
namespace {

constexpr std::array<std::string_view, 12> formula_starts{
    "=", "+", "-", "@", "\t", "\r", "\n", std::string_view("\0", 1), "＝", "＋", "－", "＠"};

std::string quoted(std::string_view value) {
  std::string cell = "\"";
  for (const char c : value) {
    if (c == '"') cell += '"';
    cell += c;
  }
  return cell + '"';
}

}  // namespace

std::string guard_formula(std::string_view text) {
  const bool dangerous =
      std::any_of(formula_starts.begin(), formula_starts.end(),
                  [&](std::string_view start) { return text.starts_with(start); });
  std::string guarded;
  if (dangerous) guarded += '\'';
  return guarded.append(text);
}

void CsvWriter::text(std::string_view value) {
  plain(guard_formula(value));
}

void CsvWriter::amount(Money value) {
  plain(format_exact(value));
}

void CsvWriter::count(std::int64_t value) {
  plain(std::to_string(value));
}

void CsvWriter::plain(std::string_view value) {
  separate();
  const bool needs_quotes = value.find_first_of("\",\r\n") != std::string_view::npos;
  if (needs_quotes) {
    bytes_ += quoted(value);
  } else {
    bytes_ += value;
  }
}

void CsvWriter::blanks(int cells) {
  for (int n = 0; n < cells; ++n) separate();
}

void CsvWriter::end_row() {
  bytes_ += "\r\n";
  row_has_cells_ = false;
}

void CsvWriter::separate() {
  if (row_has_cells_) bytes_ += ',';
  row_has_cells_ = true;
}

}  // namespace costd
