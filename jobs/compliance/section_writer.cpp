#include "jobs/compliance/section_writer.hpp"

#include <fmt/format.h>

#include "ledger/money.hpp"
#include "reports/csv_writer.hpp"

namespace costd {
namespace {

std::string plain_title(const std::string& column) {
  return column.starts_with('#') ? column.substr(1) : column;
}

std::string csv_of(const TableWords& words, const std::vector<ReportRow>& rows) {
  CsvWriter csv;
  for (const std::string& column : words.columns) csv.plain(plain_title(column));
  csv.end_row();
  for (const ReportRow& row : rows) {
    for (const std::string& cell : row) csv.text(cell);
    csv.end_row();
  }
  return csv.bytes();
}

}  // namespace

void SectionWriter::text(std::string text) {
  section_.blocks.emplace_back(ReportText{std::move(text)});
}

void SectionWriter::notice(NoticeTone tone, std::string headline, std::string text) {
  section_.blocks.emplace_back(ReportNotice{tone, std::move(headline), std::move(text)});
}

void SectionWriter::facts(std::string title, std::vector<ReportFact> facts) {
  section_.blocks.emplace_back(ReportFacts{std::move(title), std::move(facts)});
}

void SectionWriter::table(const TableWords& words, const std::vector<ReportRow>& rows) {
  std::vector<ReportRow> shown = rows;
  const auto count = static_cast<std::int64_t>(rows.size());
  if (!words.file.empty()) {
    if (shown.size() > words.shown_max) shown.resize(words.shown_max);
    populations_.push_back({words.file, csv_of(words, rows), count});
  }
  add_table(words, std::move(shown), count);
}

void SectionWriter::table(const TableWords& words, std::vector<ReportRow> shown, std::string csv,
                          std::int64_t rows) {
  populations_.push_back({words.file, std::move(csv), rows});
  add_table(words, std::move(shown), rows);
}

void SectionWriter::file(const TableWords& words, const std::vector<ReportRow>& rows) {
  const auto count = static_cast<std::int64_t>(rows.size());
  populations_.push_back({words.file, csv_of(words, rows), count});
  text(fmt::format("{}All {} rows are in {}.", words.title.empty() ? "" : words.title + ". ",
                   format_count(count), words.file));
}

void SectionWriter::bars(std::string title, std::vector<ReportBars::Bar> bars) {
  section_.blocks.emplace_back(ReportBars{std::move(title), std::move(bars)});
}

void SectionWriter::add_table(const TableWords& words, std::vector<ReportRow> shown,
                              std::int64_t population) {
  ReportTable table{words.title, {}, std::move(shown), population, words.file, words.when_empty};
  for (const std::string& column : words.columns) {
    table.columns.push_back({plain_title(column), column.starts_with('#')
                                                      ? ReportColumn::Kind::figure
                                                      : ReportColumn::Kind::text});
  }
  section_.blocks.emplace_back(std::move(table));
}

}  // namespace costd
