#include <array>
#include <nlohmann/json.hpp>

#include "ledger/error.hpp"
#include "reports/compliance_model.hpp"

namespace costd {
namespace {

using nlohmann::ordered_json;

constexpr std::array<const char*, 3> type_names{"soc2", "hipaa", "gdpr"};

struct BlockJson {
  ordered_json operator()(const ReportText& block) const { return {{"text", block.text}}; }
  ordered_json operator()(const ReportNotice& block) const {
    return {{"notice", block.headline},
            {"tone", block.tone == NoticeTone::failure ? "failure" : "warning"},
            {"text", block.text}};
  }
  ordered_json operator()(const ReportFacts& block) const {
    ordered_json facts = ordered_json::array();
    for (const ReportFact& fact : block.facts) {
      facts.push_back({{"label", fact.label}, {"value", fact.value}});
    }
    return {{"facts", block.title}, {"values", std::move(facts)}};
  }
  ordered_json operator()(const ReportTable& block) const {
    ordered_json columns = ordered_json::array();
    for (const ReportColumn& column : block.columns) columns.push_back(column.title);
    return {{"table", block.title},
            {"columns", std::move(columns)},
            {"rows", block.rows},
            {"population", block.population},
            {"file", block.population_file},
            {"whenEmpty", block.when_empty}};
  }
  ordered_json operator()(const ReportBars& block) const {
    ordered_json bars = ordered_json::array();
    for (const ReportBars::Bar& bar : block.bars) {
      bars.push_back({{"label", bar.label}, {"count", bar.count}});
    }
    return {{"bars", block.title}, {"values", std::move(bars)}};
  }
};

ordered_json blocks_json(const std::vector<ReportBlock>& blocks) {
  ordered_json json = ordered_json::array();
  for (const ReportBlock& block : blocks) json.push_back(std::visit(BlockJson{}, block));
  return json;
}

ordered_json section_json(const ReportSection& section) {
  ordered_json clauses = ordered_json::array();
  for (const ClauseReference& clause : section.clauses) {
    clauses.push_back({{"id", clause.id}, {"text", clause.text}});
  }
  return {{"id", section.id},
          {"title", section.title},
          {"intro", section.intro},
          {"clauses", std::move(clauses)},
          {"blocks", blocks_json(section.blocks)}};
}

ordered_json sections_json(const std::vector<ReportSection>& sections) {
  ordered_json json = ordered_json::array();
  for (const ReportSection& section : sections) json.push_back(section_json(section));
  return json;
}

}  // namespace

const char* name_of(ComplianceType type) {
  return type_names.at(static_cast<std::size_t>(type));
}

ComplianceType parse_compliance_type(const std::string& text) {
  for (std::size_t n = 0; n < type_names.size(); ++n) {
    if (text == type_names[n]) return static_cast<ComplianceType>(n);
  }
  throw Error(ErrorCode::usage, "type \"" + text + "\" is none of soc2, hipaa, gdpr");
}

std::string or_not_provided(const std::string& value) {
  return value.empty() ? not_provided : value;
}

std::string to_json(const ComplianceModel& model) {
  ordered_json cards = ordered_json::array();
  for (const ReportCard& card : model.cards) {
    cards.push_back({{"label", card.label},
                     {"value", card.value},
                     {"note", card.note},
                     {"tone", static_cast<int>(card.tone)}});
  }
  ordered_json notices = ordered_json::array();
  for (const ReportNotice& notice : model.notices) notices.push_back(BlockJson{}(notice));
  const ordered_json json{{"type", name_of(model.type)},
                          {"title", model.title},
                          {"wording", model.wording},
                          {"reportId", model.report_id},
                          {"tenantId", model.tenant},
                          {"tenantName", model.tenant_name},
                          {"from", format_day(model.period.from)},
                          {"to", format_day(model.period.to)},
                          {"timeZone", model.zone},
                          {"generatedAt", format_instant(model.generated_at)},
                          {"generatedBy", model.generated_by},
                          {"revision", model.revision},
                          {"result", model.result},
                          {"cards", std::move(cards)},
                          {"notices", std::move(notices)},
                          {"cover", blocks_json(model.cover)},
                          {"sections", sections_json(model.sections)},
                          {"appendix", sections_json(model.appendix)},
                          {"evidence", section_json(model.evidence)},
                          {"signOff", model.sign_off}};
  // Texts of a log may hold anything; what is no UTF-8 is shown as the mark for it.
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace costd
