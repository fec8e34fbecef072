#include "reports/compliance_pdf_blocks.hpp"

#include <algorithm>
#include <array>
#include <map>

#include "ledger/money.hpp"
#include "reports/pdf_blocks.hpp"
#include "reports/pdf_charts.hpp"
#include "reports/pdf_table.hpp"
#include "reports/pdf_theme.hpp"

namespace costd {
namespace {

constexpr double fact_label_width = 185;
constexpr double fact_line_height = 12;
constexpr double bars_height = 110;

/// Words that must catch the eye wherever they stand.
std::optional<Color> color_of(const std::string& value) {
  constexpr std::array<std::string_view, 10> bad{"USED AFTER REVOCATION",
                                                 not_provided,
                                                 "FAIL",
                                                 "NOT IN THE REGISTER",
                                                 "NOT ALLOWED",
                                                 "NO BASIS",
                                                 "REGION UNKNOWN",
                                                 "OVERDUE",
                                                 "denied",
                                                 "failed"};
  constexpr std::array<std::string_view, 3> good{"PASS", "ALLOWED", "UNCHANGED"};
  constexpr std::array<std::string_view, 2> odd{"INCOMPLETE", "DORMANT"};
  const auto is_among = [&](const auto& words) {
    return std::ranges::find(words, value) != words.end();
  };
  if (is_among(bad)) return theme::red;
  if (is_among(good)) return theme::green;
  if (is_among(odd)) return theme::amber;
  return std::nullopt;
}

void draw_block_title(PdfFlow& flow, const std::string& title, double kept_below) {
  if (title.empty()) return;
  flow.need(18 + kept_below);
  flow.pdf().draw_text({theme::margin, flow.y() + 11}, title, theme::block_title);
  flow.skip(18);
}

class BlockDrawer {
 public:
  explicit BlockDrawer(PdfFlow& flow) : flow_(flow) {}

  void operator()(const ReportText& block) const { flow_.paragraph(block.text, theme::body); }

  void operator()(const ReportNotice& block) const {
    draw_notice(flow_,
                block.tone == NoticeTone::failure ? NoticeKind::failure : NoticeKind::warning,
                block.headline, block.text);
  }

  void operator()(const ReportFacts& block) const {
    draw_block_title(flow_, block.title, 3 * fact_line_height);
    PdfDocument& pdf = flow_.pdf();
    for (const ReportFact& fact : block.facts) {
      TextStyle style = theme::body;
      style.color = color_of(fact.value).value_or(style.color);
      const auto lines = pdf.wrap(fact.value, style, theme::content_width - fact_label_width - 4);
      const double height = fact_line_height * static_cast<double>(lines.size()) + 3;
      flow_.need(height);
      pdf.draw_text({theme::margin, flow_.y() + 10},
                    pdf.shorten(fact.label, theme::note, fact_label_width - 8), theme::note);
      double y = flow_.y() + 10;
      for (const std::string& line : lines) {
        pdf.draw_text({theme::margin + fact_label_width, y}, line, style);
        y += fact_line_height;
      }
      flow_.skip(height);
      pdf.draw_line({theme::margin, flow_.y()}, {theme::margin + theme::content_width, flow_.y()},
                    {theme::rule, 0.4, false});
    }
    flow_.skip(12);
  }

  void operator()(const ReportTable& block) const {
    draw_block_title(flow_, block.title, 60);
    if (block.rows.empty()) {
      flow_.paragraph(block.when_empty, theme::note);
      flow_.skip(6);
      return;
    }
    Table table;
    for (const ReportColumn& column : block.columns) {
      table.columns.push_back({column.title, column.kind == ReportColumn::Kind::figure
                                                 ? ColumnKind::figure
                                                 : ColumnKind::text});
    }
    for (const std::vector<std::string>& row : block.rows) {
      TableRow drawn;
      for (const std::string& cell : row) drawn.cells.push_back({cell, "", color_of(cell)});
      table.rows.push_back(std::move(drawn));
    }
    draw_table(flow_, table);
    if (const std::string note = note_below(block); !note.empty()) {
      flow_.paragraph(note, theme::small);
      flow_.skip(4);
    }
  }

  void operator()(const ReportBars& block) const {
    draw_block_title(flow_, block.title, bars_height);
    flow_.need(bars_height);
    std::int64_t highest = 0;
    for (const ReportBars::Bar& bar : block.bars) highest = std::max(highest, bar.count);
    const Axis axis = axis_up_to(
        highest, [](int128 value) { return format_count(static_cast<std::int64_t>(value)); });
    std::vector<VerticalBar> bars;
    for (const ReportBars::Bar& bar : block.bars) {
      bars.push_back({bar.label, drawn_ratio(bar.count, axis.top), ""});
    }
    draw_vertical_bars(flow_.pdf(),
                       {theme::margin, flow_.y(), theme::content_width, bars_height - 8}, bars,
                       axis.ticks);
    flow_.skip(bars_height + 4);
  }

 private:
  static std::string note_below(const ReportTable& block) {
    const auto shown = static_cast<std::int64_t>(block.rows.size());
    if (block.population_file.empty()) return "";
    if (shown == block.population) {
      return "All " + format_count(block.population) + " rows are in " + block.population_file +
             ", too.";
    }
    return format_count(shown) + " of " + format_count(block.population) +
           " rows are shown; all are in " + block.population_file + ".";
  }

  PdfFlow& flow_;
};

std::string clause_line(const ReportSection& section) {
  std::string ids;
  for (const ClauseReference& clause : section.clauses) {
    ids += (ids.empty() ? "" : " · ") + clause.id;
  }
  return "Evidence for " + ids;
}

}  // namespace

void draw_report_section(PdfFlow& flow, const ReportSection& section) {
  flow.heading(section.title);
  if (!section.clauses.empty()) {
    flow.paragraph(clause_line(section), {Face::semibold, 8, theme::teal});
  }
  if (!section.intro.empty()) flow.paragraph(section.intro, theme::note);
  flow.skip(4);
  draw_report_blocks(flow, section.blocks);
}

void draw_report_blocks(PdfFlow& flow, const std::vector<ReportBlock>& blocks) {
  for (const ReportBlock& block : blocks) std::visit(BlockDrawer(flow), block);
}

void draw_sign_off(PdfFlow& flow, const std::vector<std::string>& roles) {
  constexpr double row_height = 44;
  PdfDocument& pdf = flow.pdf();
  const double height = 26 + row_height * static_cast<double>(roles.size());
  flow.need(height + 10);
  const Box box{theme::margin, flow.y(), theme::content_width, height};
  pdf.stroke_box(box, {theme::rule, 0.8, false}, 3);
  pdf.draw_text({box.x + 12, box.y + 17}, "Sign-off", theme::block_title);
  const std::array<std::pair<const char*, double>, 3> fields{
      {{"Name and function", 0.44}, {"Date", 0.16}, {"Signature", 0.34}}};
  double y = box.y + 26;
  for (const std::string& role : roles) {
    double x = box.x + 12;
    pdf.draw_text({x, y + 10}, role, {Face::semibold, 8, theme::ink});
    for (const auto& [field, share] : fields) {
      const double width = (box.width - 24) * share;
      pdf.draw_line({x, y + 28}, {x + width, y + 28}, {theme::muted, 0.5, false});
      pdf.draw_text({x, y + 37}, field, theme::small);
      x += width + (box.width - 24) * 0.03;
    }
    y += row_height;
  }
  flow.skip(height + 12);
}

void draw_clauses(PdfFlow& flow, const ComplianceModel& model) {
  std::vector<ClauseReference> clauses;
  for (const ReportSection& section : model.sections) {
    for (const ClauseReference& clause : section.clauses) {
      if (std::ranges::find(clauses, clause.id, &ClauseReference::id) == clauses.end()) {
        clauses.push_back(clause);
      }
    }
  }
  std::ranges::sort(clauses, {}, &ClauseReference::id);
  Table table{{{"Clause", ColumnKind::text}, {"What it asks for", ColumnKind::text}}, {}};
  for (const ClauseReference& clause : clauses) {
    table.rows.push_back({{{clause.id, "", {}}, {clause.text, "", {}}}});
  }
  if (table.rows.empty()) return;
  draw_chapter(flow, "Clauses named in this report",
               "In short words; the text of the standard itself holds. This report is evidence for "
               "them and no statement that they are met.",
               table);
}

}  // namespace costd
