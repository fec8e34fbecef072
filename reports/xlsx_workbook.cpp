#include "reports/xlsx_workbook.hpp"

#include <sys/mman.h>
#include <unistd.h>
#include <xlsxwriter.h>

#include <array>
#include <cstring>
#include <utility>

#include "ledger/error.hpp"
#include "reports/pdf_text.hpp"

namespace costd {
namespace {

constexpr std::size_t cell_characters_max = 32'000;  // the format allows 32,767
constexpr lxw_color_t navy = 0x0B1F3A;
constexpr lxw_color_t slate = 0x64748B;
constexpr lxw_color_t amber = 0xB45309;
constexpr std::uint8_t paper_a4 = 9;
constexpr std::size_t number_kinds = 5;

std::string cell_text(const std::string& value) {
  return to_utf8(displayable(value).substr(0, cell_characters_max));
}

[[noreturn]] void refuse(const std::string& what) {
  throw Error(ErrorCode::io, "writing the XLSX failed: " + what);
}

void check(lxw_error result) {
  if (result != LXW_NO_ERROR) refuse(lxw_strerror(result));
}

/// The format's own number of an amount; only here does money become a floating-point value.
double as_spreadsheet_number(Cents value) {
  return static_cast<double>(value.value) / 100;
}

std::string read_all(int file) {
  const off_t size = lseek(file, 0, SEEK_END);
  if (size < 0) refuse(std::strerror(errno));
  std::string bytes(static_cast<std::size_t>(size), '\0');
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t got =
        pread(file, bytes.data() + done, bytes.size() - done, static_cast<off_t>(done));
    if (got <= 0) refuse(got < 0 ? std::strerror(errno) : "the file ended early");
    done += static_cast<std::size_t>(got);
  }
  return bytes;
}

}  // namespace

XlsxWorkbook::XlsxWorkbook(const XlsxMetadata& metadata)
    : file_(memfd_create("xlsx", MFD_CLOEXEC)) {
  if (file_ < 0) refuse(std::strerror(errno));
  const std::string path = "/proc/self/fd/" + std::to_string(file_);
  workbook_ = workbook_new(path.c_str());
  if (workbook_ == nullptr) {
    close(file_);
    refuse("out of memory");
  }
  std::string title = cell_text(metadata.title);
  std::string author = cell_text(metadata.author);
  std::string subject = cell_text(metadata.subject);
  lxw_doc_properties properties{};
  properties.title = title.data();
  properties.author = author.data();
  properties.subject = subject.data();
  properties.created =
      std::chrono::duration_cast<std::chrono::seconds>(metadata.created_at.time_since_epoch())
          .count();
  check(workbook_set_properties(workbook_, &properties));
  add_formats();
}

XlsxWorkbook::~XlsxWorkbook() {
  if (workbook_ != nullptr) lxw_workbook_free(workbook_);
  close(file_);
}

void XlsxWorkbook::add_formats() {
  const auto add = [&] {
    lxw_format* format = workbook_add_format(workbook_);
    format_set_font_name(format, "Calibri");
    return format;
  };
  for (const CellLook look : {CellLook::plain, CellLook::title, CellLook::muted, CellLook::head,
                              CellLook::bold, CellLook::warning, CellLook::wrapped}) {
    lxw_format* format = add();
    if (look == CellLook::title) format_set_font_size(format, 18);
    if (look == CellLook::muted) format_set_font_color(format, slate);
    if (look == CellLook::warning) format_set_font_color(format, amber);
    if (look == CellLook::wrapped) format_set_text_wrap(format);
    if (look == CellLook::head) {
      format_set_font_color(format, LXW_COLOR_WHITE);
      format_set_pattern(format, LXW_PATTERN_SOLID);
      format_set_bg_color(format, navy);
    }
    if (look != CellLook::plain && look != CellLook::muted && look != CellLook::wrapped) {
      format_set_bold(format);
    }
    cell_formats_.push_back(format);
  }
  static constexpr std::array<const char*, number_kinds> number_formats{"", "#,##0", "#,##0.00",
                                                                        "0.0%", "yyyy-mm-dd"};
  for (const RowLook look : {RowLook::line, RowLook::note, RowLook::total}) {
    for (const char* number_format : number_formats) {
      lxw_format* format = add();
      if (*number_format != '\0') format_set_num_format(format, number_format);
      if (look == RowLook::note) format_set_font_color(format, slate);
      if (look == RowLook::total) {
        format_set_bold(format);
        format_set_top(format, LXW_BORDER_THIN);
      }
      row_formats_.push_back(format);
    }
  }
}

lxw_format* XlsxWorkbook::format(CellLook look) {
  return cell_formats_.at(static_cast<std::size_t>(look));
}

lxw_format* XlsxWorkbook::format(RowLook look, Number number) {
  return row_formats_.at(static_cast<std::size_t>(look) * number_kinds +
                         static_cast<std::size_t>(number));
}

XlsxSheet XlsxWorkbook::add_sheet(const std::string& name) {
  lxw_worksheet* sheet = workbook_add_worksheet(workbook_, name.c_str());
  if (sheet == nullptr) refuse("sheet \"" + name + "\" cannot be added");
  worksheet_set_landscape(sheet);
  worksheet_set_paper(sheet, paper_a4);
  worksheet_fit_to_pages(sheet, 1, 0);
  return {*this, sheet};
}

std::string XlsxWorkbook::finish() {
  lxw_workbook* closing = std::exchange(workbook_, nullptr);  // closing frees it, also on failure
  check(workbook_close(closing));
  return read_all(file_);
}

void XlsxSheet::text(CellPlace at, const std::string& value, CellLook look) {
  check(worksheet_write_string(sheet_, at.row, at.column, cell_text(value).c_str(),
                               workbook_->format(look)));
}

void XlsxSheet::row_text(CellPlace at, const std::string& value, RowLook look) {
  lxw_format* format = workbook_->format(look, XlsxWorkbook::Number::none);
  check(value.empty()
            ? worksheet_write_blank(sheet_, at.row, at.column, format)
            : worksheet_write_string(sheet_, at.row, at.column, cell_text(value).c_str(), format));
}

void XlsxSheet::date(CellPlace at, Day day) {
  const std::chrono::year_month_day date(day);
  lxw_datetime value{static_cast<int>(date.year()),
                     static_cast<int>(unsigned(date.month())),
                     static_cast<int>(unsigned(date.day())),
                     0,
                     0,
                     0};
  check(worksheet_write_datetime(sheet_, at.row, at.column, &value,
                                 workbook_->format(RowLook::line, XlsxWorkbook::Number::date)));
}

void XlsxSheet::count(CellPlace at, std::int64_t value, RowLook look) {
  check(worksheet_write_number(sheet_, at.row, at.column, static_cast<double>(value),
                               workbook_->format(look, XlsxWorkbook::Number::count)));
}

void XlsxSheet::cents(CellPlace at, Cents value, RowLook look) {
  check(worksheet_write_number(sheet_, at.row, at.column, as_spreadsheet_number(value),
                               workbook_->format(look, XlsxWorkbook::Number::cents)));
}

void XlsxSheet::percent(CellPlace at, std::int64_t millis, RowLook look) {
  check(worksheet_write_number(sheet_, at.row, at.column, static_cast<double>(millis) / 1000,
                               workbook_->format(look, XlsxWorkbook::Number::percent)));
}

void XlsxSheet::exact(CellPlace at, Money value, RowLook look) {
  row_text(at, format_exact(value), look);
}

void XlsxSheet::count_formula(CellPlace at, const std::string& formula, std::int64_t value) {
  check(worksheet_write_formula_num(sheet_, at.row, at.column, formula.c_str(),
                                    workbook_->format(RowLook::total, XlsxWorkbook::Number::count),
                                    static_cast<double>(value)));
}

void XlsxSheet::cents_formula(CellPlace at, const std::string& formula, Cents value) {
  check(worksheet_write_formula_num(sheet_, at.row, at.column, formula.c_str(),
                                    workbook_->format(RowLook::total, XlsxWorkbook::Number::cents),
                                    as_spreadsheet_number(value)));
}

void XlsxSheet::column_width(std::uint16_t column, double characters) {
  check(worksheet_set_column(sheet_, column, column, characters, nullptr));
}

void XlsxSheet::freeze_head() {
  worksheet_freeze_panes(sheet_, 1, 0);
  check(worksheet_repeat_rows(sheet_, 0, 0));
}

void XlsxSheet::filter(std::uint32_t last_row, std::uint16_t last_column) {
  check(worksheet_autofilter(sheet_, 0, 0, last_row, last_column));
}

void XlsxSheet::chart(CellPlace at, ChartKind kind, const std::string& title,
                      const std::string& data_sheet, const CellColumn& labels,
                      const CellColumn& values) {
  lxw_chart* chart = workbook_add_chart(
      workbook_->workbook_, kind == ChartKind::columns ? LXW_CHART_COLUMN : LXW_CHART_DOUGHNUT);
  lxw_chart_series* series = chart_add_series(chart, nullptr, nullptr);
  chart_series_set_categories(series, data_sheet.c_str(), labels.first_row, labels.column,
                              labels.last_row, labels.column);
  chart_series_set_values(series, data_sheet.c_str(), values.first_row, values.column,
                          values.last_row, values.column);
  chart_title_set_name(chart, title.c_str());
  if (kind == ChartKind::columns) {
    lxw_chart_fill fill{};
    fill.color = 0x0F766E;
    chart_series_set_fill(series, &fill);
    chart_legend_set_position(chart, LXW_CHART_LEGEND_NONE);
    chart_axis_set_num_format(chart->x_axis, "d");
    chart_axis_set_num_format(chart->y_axis, "#,##0");
  }
  lxw_chart_options options{};
  options.x_scale = kind == ChartKind::columns ? 1.6 : 0.9;
  check(worksheet_insert_chart_opt(sheet_, at.row, at.column, chart, &options));
}

std::string column_letters(std::uint16_t column) {
  std::string letters;
  for (unsigned rest = column + 1U; rest > 0; rest = (rest - 1) / 26) {
    letters.insert(letters.begin(), static_cast<char>('A' + (rest - 1) % 26));
  }
  return letters;
}

std::string cell_range(const CellColumn& cells) {
  const std::string letters = column_letters(cells.column);
  return letters + std::to_string(cells.first_row + 1) + ":" + letters +
         std::to_string(cells.last_row + 1);
}

}  // namespace costd
