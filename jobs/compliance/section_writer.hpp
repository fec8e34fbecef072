#pragma once
// Puts the blocks of a section together; the rows of a table go into a file of the report, too.

#include <map>
#include <string>
#include <vector>

#include "reports/compliance_model.hpp"

namespace costd {

using ReportRow = std::vector<std::string>;

/// Columns as "Name", or "#Requests" for figures to the right.
struct TableWords {
  std::string title;
  std::vector<std::string> columns;
  std::string when_empty;
  std::string file{};                      ///< "principals.csv"; "" = the table is all there is
  std::size_t shown_max = shown_rows_max;  ///< rows in the report, where there is a file
};

class SectionWriter {
 public:
  SectionWriter(ReportSection& section, std::vector<ReportPopulation>& populations)
      : section_(section), populations_(populations) {}

  void text(std::string text);
  void notice(NoticeTone tone, std::string headline, std::string text);
  void facts(std::string title, std::vector<ReportFact> facts);
  /// All rows go into the file, the first ones are shown; without a file all are shown.
  void table(const TableWords& words, const std::vector<ReportRow>& rows);
  /// A table whose rows were written elsewhere: `shown` are the first ones.
  void table(const TableWords& words, std::vector<ReportRow> shown, std::string csv,
             std::int64_t rows);
  /// Rows that are a file only.
  void file(const TableWords& words, const std::vector<ReportRow>& rows);
  void bars(std::string title, std::vector<ReportBars::Bar> bars);

 private:
  void add_table(const TableWords& words, std::vector<ReportRow> shown, std::int64_t population);

  ReportSection& section_;
  std::vector<ReportPopulation>& populations_;
};

}  // namespace costd
