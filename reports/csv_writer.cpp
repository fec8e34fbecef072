#include "reports/csv_writer.hpp"

#include <algorithm>
#include <array>

namespace costd {
namespace {

constexpr std::array<std::string_view, 12> formula_starts{
    "=", "+", "-", "@", "\t", "\r", "\n", std::string_view("\0", 1), "＝", "＋", "－", "＠"};

/// Most texts begin with a letter or a digit, and none of those is dangerous.
bool may_be_formula(std::string_view text) {
  constexpr std::string_view first_bytes("=+-@\t\r\n\0\xef", 9);
  return !text.empty() && first_bytes.find(text.front()) != std::string_view::npos;
}

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
  if (may_be_formula(value)) {
    plain(guard_formula(value));
  } else {
    plain(value);
  }
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
