#include "jobs/delivery/compliance_mail.hpp"

namespace costd {
namespace {

/// "Head of ..." lines of the evidence block.
std::vector<MailRow> heads_of(const ComplianceModel& model) {
  std::vector<MailRow> rows;
  for (const ReportBlock& block : model.evidence.blocks) {
    const auto* const facts = std::get_if<ReportFacts>(&block);
    if (facts == nullptr) continue;
    for (const ReportFact& fact : facts->facts) {
      if (!fact.label.starts_with("Head of ")) continue;
      rows.push_back({{"label", fact.label}, {"value", fact.value}});
    }
  }
  return rows;
}

}  // namespace

MailValues compliance_mail_values(const ComplianceModel& model, const std::string& model_sha256) {
  MailValues values;
  values.words = {
      {"title", model.title},
      {"meaning", model.wording},
      {"tenant_name", model.tenant_name},
      {"period_window", describe(model.period)},
      {"time_zone", model.zone},
      {"status", model.result},
      {"good", model.result == "PASS" ? "yes" : ""},
      {"critical", model.result == "FAIL" ? "yes" : ""},
      {"warning", model.result == "INCOMPLETE" ? "yes" : ""},
      {"report_id", model.report_id},
      {"model_sha256", model_sha256},
      {"generated_at", format_instant_for_people(model.generated_at)},
      {"generated_by", model.generated_by},
      {"download", "costctl compliance download " + model.report_id + " --to DIR"},
  };
  std::vector<MailRow>& facts = values.lists["facts"];
  for (const ReportCard& card : model.cards) {
    facts.push_back({{"label", card.label}, {"value", card.value + " (" + card.note + ")"}});
  }
  std::vector<MailRow>& notices = values.lists["notices"];
  for (const ReportNotice& notice : model.notices) {
    notices.push_back({{"title", notice.headline}, {"text", notice.text}});
  }
  values.lists["heads"] = heads_of(model);
  make_single_lines(values);
  return values;
}

}  // namespace costd
