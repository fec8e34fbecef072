#pragma once
// A workbook under construction: sheets with typed cells, in a handful of formats. Text is always
// written as text, never as a formula. Rows and columns count from 0.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "ledger/money.hpp"
#include "ledger/time/calendar.hpp"
#include "ledger/time/instant.hpp"

struct lxw_workbook;
struct lxw_worksheet;
struct lxw_format;

namespace costd {

enum class CellLook { plain, title, muted, head, bold, warning, wrapped };
enum class RowLook { line, note, total };
enum class ChartKind { columns, doughnut };

struct CellPlace {
  std::uint32_t row = 0;
  std::uint16_t column = 0;
};

/// A block of cells in one column: first and last row, both included.
struct CellColumn {
  std::uint16_t column = 0;
  std::uint32_t first_row = 0;
  std::uint32_t last_row = 0;
};

class XlsxWorkbook;

/// One sheet; it belongs to its workbook and is not kept beyond it.
class XlsxSheet {
 public:
  void text(CellPlace at, const std::string& value, CellLook look = CellLook::plain);
  void row_text(CellPlace at, const std::string& value, RowLook look);
  void date(CellPlace at, Day day);
  void count(CellPlace at, std::int64_t value, RowLook look = RowLook::line);
  void cents(CellPlace at, Cents value, RowLook look = RowLook::line);
  /// `millis` thousandths of one, shown as a percentage with one decimal.
  void percent(CellPlace at, std::int64_t millis, RowLook look = RowLook::line);
  /// All digits of an amount, as text: a spreadsheet's numbers end after fifteen digits.
  void exact(CellPlace at, Money value, RowLook look = RowLook::line);
  /// A formula of ours, with the value that a program shows before it has calculated.
  void count_formula(CellPlace at, const std::string& formula, std::int64_t value);
  void cents_formula(CellPlace at, const std::string& formula, Cents value);

  void column_width(std::uint16_t column, double characters);
  /// Keeps row 0 in view and on every printed page.
  void freeze_head();
  void filter(std::uint32_t last_row, std::uint16_t last_column);
  void chart(CellPlace at, ChartKind kind, const std::string& title, const std::string& data_sheet,
             const CellColumn& labels, const CellColumn& values);

 private:
  friend class XlsxWorkbook;
  XlsxSheet(XlsxWorkbook& workbook, lxw_worksheet* sheet) : workbook_(&workbook), sheet_(sheet) {}

  XlsxWorkbook* workbook_;
  lxw_worksheet* sheet_;
};

struct XlsxMetadata {
  std::string title;
  std::string author;
  std::string subject;
  Instant created_at;
};

class XlsxWorkbook {
 public:
  /// Throws Error(io) if there is no memory for the file.
  explicit XlsxWorkbook(const XlsxMetadata& metadata);
  ~XlsxWorkbook();
  XlsxWorkbook(const XlsxWorkbook&) = delete;
  XlsxWorkbook& operator=(const XlsxWorkbook&) = delete;

  XlsxSheet add_sheet(const std::string& name);
  /// Closes the workbook and gives its bytes. Throws Error(io) with the library's reason.
  std::string finish();

 private:
  friend class XlsxSheet;
  enum class Number { none, count, cents, percent, date };
  lxw_format* format(CellLook look);
  lxw_format* format(RowLook look, Number number);
  void add_formats();

  int file_ = -1;  ///< in memory: no copy of the figures is left on a disk
  lxw_workbook* workbook_ = nullptr;
  std::vector<lxw_format*> cell_formats_;
  std::vector<lxw_format*> row_formats_;
};

/// "M" for 12, "AA" for 26.
std::string column_letters(std::uint16_t column);
/// "M2:M9", as formulas count: rows from 1.
std::string cell_range(const CellColumn& cells);

}  // namespace costd
