#include <fmt/format.h>

#include "ledger/audit_event.hpp"
#include "ledger/sha256.hpp"
#include "reports/compliance_pdf_blocks.hpp"
#include "reports/pdf_blocks.hpp"
#include "reports/pdf_table.hpp"
#include "reports/pdf_theme.hpp"

namespace costd {
namespace {

constexpr std::size_t short_hash_length = 12;

Badge result_badge(const ComplianceModel& model) {
  const Color fill = model.result == "PASS"   ? theme::green
                     : model.result == "FAIL" ? theme::red
                                              : theme::amber;
  return {"CHAINS " + model.result, fill, theme::white};
}

Card drawn_card(const ReportCard& card) {
  const Color color = card.tone == ReportCard::Tone::good      ? theme::green
                      : card.tone == ReportCard::Tone::warning ? theme::amber
                      : card.tone == ReportCard::Tone::bad     ? theme::red
                                                               : theme::teal;
  const bool is_plain = card.tone == ReportCard::Tone::plain;
  return {card.label, card.value, card.note, is_plain ? theme::muted : color, color};
}

/// What the report holds, and what each part is evidence for.
void draw_contents(PdfFlow& flow, const ComplianceModel& model) {
  flow.pdf().draw_text({theme::margin, flow.y() + 10}, "Contents", theme::block_title);
  flow.skip(18);
  Table table{{{"Section", ColumnKind::text}, {"Evidence for", ColumnKind::text}}, {}};
  const auto add = [&](const ReportSection& section) {
    std::string ids;
    for (const ClauseReference& clause : section.clauses) {
      ids += (ids.empty() ? "" : ", ") + clause.id;
    }
    table.rows.push_back({{{section.title, "", {}}, {ids, "", {}}}});
  };
  for (const ReportSection& section : model.sections) add(section);
  for (const ReportSection& section : model.appendix) add(section);
  add(model.evidence);
  draw_table(flow, table);
}

void draw_cover(PdfFlow& flow, const ComplianceModel& model) {
  draw_cover_band(
      flow, {.title = model.title,
             .subject = model.tenant_name + " · " + describe(model.period),
             .notes = {model.wording, "Days of " + model.zone + ". Generated " +
                                          format_instant_for_people(model.generated_at) + " by " +
                                          model.generated_by + "."},
             .badge = result_badge(model)});
  std::vector<Card> cards;
  for (const ReportCard& card : model.cards) cards.push_back(drawn_card(card));
  if (!cards.empty()) draw_cards(flow, cards);
  for (const ReportNotice& notice : model.notices) {
    draw_notice(flow,
                notice.tone == NoticeTone::failure ? NoticeKind::failure : NoticeKind::warning,
                notice.headline, notice.text);
  }
  draw_contents(flow, model);
  flow.skip(8);
  draw_report_blocks(flow, model.cover);
}

RunningLines running_lines(const ComplianceModel& model, const std::string& hash) {
  return {
      .head_left = model.title,
      .head_right = describe(model.period) + " · " + model.tenant_name,
      .badge = result_badge(model),
      .foot_left = fmt::format("Generated {} by {}", format_instant_for_people(model.generated_at),
                               model.generated_by),
      .foot_middle =
          fmt::format("Report {} · model {}", model.report_id, hash.substr(0, short_hash_length))};
}

}  // namespace

std::string render_compliance_pdf(const ComplianceModel& model,
                                  const std::vector<ReportPopulation>& populations) {
  const std::string hash = sha256_hex(to_json(model));
  PdfDocument pdf(
      {.title = fmt::format("{}: {}, {}", model.title, model.tenant_name, describe(model.period)),
       .author = "costd",
       .subject = fmt::format("Report {}, chains {}, model sha256 {}, renderer {}", model.report_id,
                              model.result, hash, compliance_renderer_version),
       .created_at = model.generated_at});
  PdfFlow flow(pdf);
  draw_cover(flow, model);
  flow.new_page();
  for (const ReportSection& section : model.sections) draw_report_section(flow, section);
  for (const ReportSection& section : model.appendix) draw_report_section(flow, section);
  draw_report_section(flow, model.evidence);
  draw_sign_off(flow, model.sign_off);
  draw_clauses(flow, model);
  for (const ReportPopulation& population : populations) {
    if (population.csv.size() <= attachment_bytes_max) {
      pdf.attach(population.name, population.csv);
    }
  }
  const RunningLines lines = running_lines(model, hash);
  return pdf.finish([&](PdfDocument& page, int number, int count) {
    draw_running_lines(page, lines, number == 1 ? HeadLine::left_out : HeadLine::shown, number,
                       count);
  });
}

}  // namespace costd
