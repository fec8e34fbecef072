#pragma once
// What a compliance report says, as finished texts and figures in the order of the page. The same
// shapes serve all three kinds, so that they look alike and nothing is drawn that is not in here.

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "ledger/time/calendar.hpp"
#include "ledger/time/instant.hpp"

namespace costd {

enum class ComplianceType { soc2, hipaa, gdpr };
const char* name_of(ComplianceType type);  ///< "soc2", "hipaa", "gdpr"
/// Throws Error(usage) listing the three.
ComplianceType parse_compliance_type(const std::string& text);

/// What stands in place of a value that nobody has given; shown in red, never left out.
inline constexpr const char* not_provided = "NOT PROVIDED";
/// The value, or that it was not provided.
std::string or_not_provided(const std::string& value);

/// A paragraph.
struct ReportText {
  std::string text;
};

enum class NoticeTone { warning, failure };
struct ReportNotice {
  NoticeTone tone = NoticeTone::warning;
  std::string headline;
  std::string text;
};

struct ReportFact {
  std::string label;
  std::string value;
};
/// Labels with their values, one below the other.
struct ReportFacts {
  std::string title;
  std::vector<ReportFact> facts;
};

struct ReportColumn {
  std::string title;
  enum class Kind { text, figure } kind = Kind::text;
};
/// Rows that are shown of a table whose rows are all in a file of the report.
inline constexpr std::size_t shown_rows_max = 25;

/// A table, or the beginning of one whose rows are all in a file of the report.
struct ReportTable {
  std::string title;
  std::vector<ReportColumn> columns;
  std::vector<std::vector<std::string>> rows;  ///< shown here
  std::int64_t population = 0;                 ///< rows there are
  std::string population_file;                 ///< where all of them are; "" = all are here
  std::string when_empty;                      ///< the sentence in place of no rows
};

/// Counts beside each other, such as those of the hours of a day.
struct ReportBars {
  std::string title;
  struct Bar {
    std::string label;
    std::int64_t count = 0;
  };
  std::vector<Bar> bars;
};

using ReportBlock = std::variant<ReportText, ReportNotice, ReportFacts, ReportTable, ReportBars>;

/// A criterion, safeguard or article that the section is evidence for.
struct ClauseReference {
  std::string id;
  std::string text;
};

struct ReportSection {
  std::string id;     ///< "access-log"
  std::string title;  ///< with its number, if it has one
  std::string intro;
  std::vector<ClauseReference> clauses;
  std::vector<ReportBlock> blocks;
};

/// A figure of the first page.
struct ReportCard {
  std::string label;
  std::string value;
  std::string note;
  enum class Tone { plain, good, warning, bad } tone = Tone::plain;
};

struct ComplianceModel {
  ComplianceType type = ComplianceType::soc2;
  std::string title;    ///< "SOC 2 Type II evidence"
  std::string wording;  ///< what the report is, and is not
  std::string report_id;
  std::string tenant;  ///< "" = all tenants
  std::string tenant_name;
  DayRange period;
  std::string zone;  ///< whose days these are
  Instant generated_at;
  std::string generated_by;
  std::int64_t revision = 1;
  std::string result;  ///< of the chains: PASS | FAIL | INCOMPLETE
  std::vector<ReportCard> cards;
  std::vector<ReportNotice> notices;
  std::vector<ReportBlock> cover;  ///< below the contents of the first page
  /// Where each chain stood: label and "PASS, 42 events, HEAD". Printed, and part of the mail.
  std::vector<ReportFact> heads;
  std::vector<ReportSection> sections;  ///< in the order of the specification
  std::vector<ReportSection> appendix;
  ReportSection evidence;             ///< the evidence block
  std::vector<std::string> sign_off;  ///< who signs: "Reviewed by", "Approved by"
};

/// All rows behind a table, as a file of the report.
struct ReportPopulation {
  std::string name;  ///< "access-log.csv"
  std::string csv;
  std::int64_t rows = 0;
};

/// The report as JSON with its members in a fixed order: what is stored and hashed.
std::string to_json(const ComplianceModel& model);

inline constexpr const char* compliance_renderer_version = "1";
/// Larger populations are files of their own only.
inline constexpr std::size_t attachment_bytes_max = 5 * 1000 * 1000;

/// The same model and populations always give the same bytes. Populations up to
/// attachment_bytes_max are attached inside.
std::string render_compliance_pdf(const ComplianceModel& model,
                                  const std::vector<ReportPopulation>& populations);

}  // namespace costd
