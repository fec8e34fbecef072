#include "jobs/delivery/compliance_mail.hpp"

namespace costd {
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
  std::vector<MailRow>& heads = values.lists["heads"];
  for (const ReportFact& head : model.heads) {
    heads.push_back({{"label", head.label}, {"value", head.value}});
  }
  make_single_lines(values);
  return values;
}

}  // namespace costd
