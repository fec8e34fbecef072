#include "reports/pdf_table.hpp"

#include <algorithm>
#include <numeric>

#include "reports/pdf_theme.hpp"

namespace costd {
namespace {

constexpr double letter_size = 8;
constexpr double letter_size_small = 6.5;  // so small to give long texts room
constexpr double letter_size_min = 4;      // so small only where figures would leave the page
constexpr double detail_ratio = 0.85;      // of the text's size
constexpr double line_ratio = 1.32;
constexpr double side_padding = 4;
constexpr double row_padding = 7.5;  // above and below together
constexpr double head_height = 19;
constexpr double text_width_kept = 85;  // letters shrink before a long text gets less than this
constexpr double text_width_min = 40;
constexpr std::size_t lines_per_cell_max = 6;
constexpr std::size_t short_table_rows_max = 12;

struct Sizes {
  double letters = letter_size;
  std::vector<double> widths;
};

TextStyle text_style(RowKind kind, const Sizes& sizes) {
  switch (kind) {
    case RowKind::note:
      return {Face::regular, sizes.letters, theme::muted};
    case RowKind::total:
      return {Face::bold, sizes.letters, theme::navy};
    case RowKind::line:
      break;
  }
  return {Face::regular, sizes.letters, theme::ink};
}

TextStyle detail_style(const Sizes& sizes) {
  return {Face::regular, sizes.letters * detail_ratio, theme::muted};
}

TextStyle head_style(const Sizes& sizes) {
  return {Face::semibold, std::min(sizes.letters, 7.5), theme::white};
}

/// What each column would take if nothing had to wrap.
std::vector<double> natural_widths(PdfDocument& pdf, const Table& table, const Sizes& sizes) {
  std::vector<double> widths;
  for (const TableColumn& column : table.columns) {
    widths.push_back(pdf.text_width(column.title, head_style(sizes)));
  }
  for (const TableRow& row : table.rows) {
    for (std::size_t n = 0; n < widths.size(); ++n) {
      const TableCell& cell = row.cells.at(n);
      // A note may run into the next lines; it must not make its column wide.
      if (row.kind == RowKind::note && table.columns[n].kind == ColumnKind::text) continue;
      widths[n] = std::max(widths[n], pdf.text_width(cell.text, text_style(row.kind, sizes)));
      if (!cell.detail.empty()) {
        widths[n] = std::max(widths[n], pdf.text_width(cell.detail, detail_style(sizes)));
      }
    }
  }
  for (double& width : widths) width += 2 * side_padding;
  return widths;
}

/// Gives each text column what it wants, or an equal share of what the others leave.
void share_out(std::vector<double>& widths, std::vector<std::size_t> text_columns,
               double available) {
  std::sort(text_columns.begin(), text_columns.end(),
            [&](std::size_t a, std::size_t b) { return widths[a] < widths[b]; });
  std::size_t left = text_columns.size();
  for (const std::size_t n : text_columns) {
    widths[n] = std::min(widths[n], available / static_cast<double>(left));
    available -= widths[n];
    --left;
  }
}

Sizes fit(PdfDocument& pdf, const Table& table) {
  std::vector<std::size_t> text_columns;
  for (std::size_t n = 0; n < table.columns.size(); ++n) {
    if (table.columns[n].kind == ColumnKind::text) text_columns.push_back(n);
  }
  Sizes sizes;
  double for_text = 0;
  const double for_text_min = text_width_min * static_cast<double>(text_columns.size());
  for (;; sizes.letters -= 0.5) {
    sizes.widths = natural_widths(pdf, table, sizes);
    for_text = theme::content_width;
    double wanted = 0;
    for (const std::size_t n : text_columns) {
      wanted += std::min(sizes.widths[n], text_width_kept);
    }
    for (std::size_t n = 0; n < sizes.widths.size(); ++n) {
      if (table.columns[n].kind == ColumnKind::figure) for_text -= sizes.widths[n];
    }
    if (for_text >= wanted || sizes.letters <= letter_size_min) break;
    if (for_text >= for_text_min && sizes.letters <= letter_size_small) break;
  }
  share_out(sizes.widths, text_columns, std::max(for_text, for_text_min));
  const double used = std::accumulate(sizes.widths.begin(), sizes.widths.end(), 0.0);
  // What is left over goes between the columns, so that the table fills the page's width.
  const double gap = std::max(0.0, theme::content_width - used) /
                     static_cast<double>(std::max<std::size_t>(1, table.columns.size()));
  for (double& width : sizes.widths) width += gap;
  return sizes;
}

struct LaidOutCell {
  std::vector<std::string> lines;
  std::vector<std::string> details;
};

struct LaidOutRow {
  std::vector<LaidOutCell> cells;
  double height = 0;
};

std::vector<std::string> cell_lines(PdfDocument& pdf, const std::string& text,
                                    const TextStyle& style, double width) {
  std::vector<std::string> lines = pdf.wrap(text, style, width);
  if (lines.size() > lines_per_cell_max) {
    lines.resize(lines_per_cell_max);
    lines.back() = pdf.shorten(lines.back() + "…", style, width);
  }
  return lines;
}

LaidOutRow lay_out(PdfDocument& pdf, const Table& table, const TableRow& row, const Sizes& sizes) {
  LaidOutRow result;
  const TextStyle style = text_style(row.kind, sizes);
  for (std::size_t n = 0; n < row.cells.size(); ++n) {
    const TableCell& cell = row.cells[n];
    const double width = sizes.widths[n] - 2 * side_padding + 0.01;  // no break by a rounding error
    LaidOutCell laid_out;
    if (table.columns[n].kind == ColumnKind::figure) {
      laid_out.lines = {cell.text};
    } else {
      laid_out.lines = cell_lines(pdf, cell.text, style, width);
    }
    double height = static_cast<double>(laid_out.lines.size()) * style.size * line_ratio;
    if (!cell.detail.empty()) {
      laid_out.details = cell_lines(pdf, cell.detail, detail_style(sizes), width);
      height +=
          static_cast<double>(laid_out.details.size()) * detail_style(sizes).size * line_ratio;
    }
    result.height = std::max(result.height, height + row_padding);
    result.cells.push_back(std::move(laid_out));
  }
  return result;
}

void draw_head(PdfFlow& flow, const Table& table, const Sizes& sizes) {
  flow.pdf().fill_box({theme::margin, flow.y(), theme::content_width, head_height}, theme::navy,
                      2.5);
  double x = theme::margin;
  for (std::size_t n = 0; n < table.columns.size(); ++n) {
    const bool figure = table.columns[n].kind == ColumnKind::figure;
    const double at = figure ? x + sizes.widths[n] - side_padding : x + side_padding;
    flow.pdf().draw_text({at, flow.y() + 12.5}, table.columns[n].title, head_style(sizes),
                         figure ? Align::right : Align::left);
    x += sizes.widths[n];
  }
  flow.skip(head_height);
}

void draw_cell(PdfDocument& pdf, const LaidOutCell& cell, Point at, TextStyle style,
               const Sizes& sizes, Align align) {
  double y = at.y + row_padding / 2 + style.size * 0.98;
  for (const std::string& line : cell.lines) {
    pdf.draw_text({at.x, y}, line, style, align);
    y += style.size * line_ratio;
  }
  const TextStyle small = detail_style(sizes);
  y -= (style.size - small.size) * line_ratio;
  for (const std::string& line : cell.details) {
    pdf.draw_text({at.x, y}, line, small, align);
    y += small.size * line_ratio;
  }
}

void draw_row(PdfFlow& flow, const Table& table, const TableRow& row, const LaidOutRow& laid_out,
              const Sizes& sizes) {
  PdfDocument& pdf = flow.pdf();
  const double bottom = flow.y() + laid_out.height;
  if (row.kind == RowKind::total) {
    pdf.draw_line({theme::margin, flow.y()}, {theme::margin + theme::content_width, flow.y()},
                  {theme::navy, 0.9, false});
  } else {
    pdf.draw_line({theme::margin, bottom}, {theme::margin + theme::content_width, bottom},
                  {theme::rule, 0.4, false});
  }
  double x = theme::margin;
  for (std::size_t n = 0; n < row.cells.size(); ++n) {
    const bool figure = table.columns[n].kind == ColumnKind::figure;
    TextStyle style = text_style(row.kind, sizes);
    style.color = row.cells[n].color.value_or(style.color);
    const double at = figure ? x + sizes.widths[n] - side_padding : x + side_padding;
    draw_cell(pdf, laid_out.cells[n], {at, flow.y()}, style, sizes,
              figure ? Align::right : Align::left);
    x += sizes.widths[n];
  }
  flow.skip(laid_out.height);
}

/// The height of a table that is short enough to be kept on one page; 0 for longer ones.
double short_table_height(PdfDocument& pdf, const Table& table) {
  if (table.rows.size() > short_table_rows_max) return 0;
  const Sizes sizes = fit(pdf, table);
  double height = head_height;
  for (const TableRow& row : table.rows) height += lay_out(pdf, table, row, sizes).height;
  return height;
}

}  // namespace

void draw_table(PdfFlow& flow, const Table& table) {
  PdfDocument& pdf = flow.pdf();
  const Sizes sizes = fit(pdf, table);
  std::vector<LaidOutRow> rows;
  for (const TableRow& row : table.rows) rows.push_back(lay_out(pdf, table, row, sizes));

  // How much must fit below a row's upper edge: the row itself, and after the last line the tail.
  std::vector<double> needed;
  for (const LaidOutRow& row : rows) needed.push_back(row.height);
  for (std::size_t n = rows.size(); n-- > 1;) {
    if (table.rows[n].kind != RowKind::line) needed[n - 1] += needed[n];
  }
  flow.need(head_height + (needed.empty() ? 0 : needed.front()));
  draw_head(flow, table, sizes);
  bool striped = false;
  for (std::size_t n = 0; n < rows.size(); ++n) {
    if (flow.need(needed[n])) draw_head(flow, table, sizes);
    if (striped && table.rows[n].kind == RowKind::line) {
      pdf.fill_box({theme::margin, flow.y(), theme::content_width, rows[n].height}, theme::stripe);
    }
    striped = !striped;
    draw_row(flow, table, table.rows[n], rows[n], sizes);
  }
  flow.skip(8);
}

void draw_chapter(PdfFlow& flow, const std::string& title, const std::string& sentence,
                  const Table& table) {
  constexpr double sentence_height = 20;
  flow.heading(title, sentence_height + short_table_height(flow.pdf(), table));
  flow.paragraph(sentence, theme::note);
  draw_table(flow, table);
}

}  // namespace costd
