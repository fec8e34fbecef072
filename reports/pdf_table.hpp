#pragma once
// Tables that run over pages: the columns find their widths, text wraps, figures never do.

#include <optional>
#include <string>
#include <vector>

#include "reports/pdf_flow.hpp"

namespace costd {

enum class ColumnKind {
  text,    ///< to the left; wraps where there is not enough room
  figure,  ///< to the right; always on one line
};

struct TableColumn {
  std::string title;
  ColumnKind kind = ColumnKind::text;
};

struct TableCell {
  std::string text;
  std::string detail;          ///< smaller and muted below the text, or ""
  std::optional<Color> color;  ///< instead of the row's own
};

enum class RowKind {
  line,
  note,   ///< muted; belongs to the total after it
  total,  ///< bold, with a rule above
};

struct TableRow {
  std::vector<TableCell> cells;  ///< one a column
  RowKind kind = RowKind::line;
};

struct Table {
  std::vector<TableColumn> columns;
  std::vector<TableRow> rows;
};

/// Draws the table from the flow's place on. The head is repeated on each page, and the closing
/// notes and total stay with the last line.
void draw_table(PdfFlow& flow, const Table& table);

/// A chapter heading, a sentence and the table; all on one page if the table is short.
void draw_chapter(PdfFlow& flow, const std::string& title, const std::string& sentence,
                  const Table& table);

}  // namespace costd
