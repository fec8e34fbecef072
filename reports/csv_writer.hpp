#pragma once
// Rows of RFC 4180 text that a spreadsheet may open without running anything.

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "ledger/money.hpp"

namespace costd {

/// Text as a spreadsheet must see it: with an apostrophe in front where it would otherwise be taken
/// for a formula (= + - @, tab, CR, LF, NUL and the full-width ＝＋－＠).
std::string guard_formula(std::string_view text);

/// Collects one table. Cells are added from left to right; end_row closes the row with CRLF.
class CsvWriter {
 public:
  /// Text somebody else chose: guarded against formulas, quoted where RFC 4180 asks for it.
  void text(std::string_view value);
  /// Every digit of an amount; a minus sign stays one, as the column is a number.
  void amount(Money value);
  void count(std::int64_t value);
  /// Our own words and numbers: quoted where needed, never guarded.
  void plain(std::string_view value);
  void blanks(int cells);
  void end_row();

  const std::string& bytes() const { return bytes_; }

 private:
  void separate();

  std::string bytes_;
  bool row_has_cells_ = false;
};

}  // namespace costd
