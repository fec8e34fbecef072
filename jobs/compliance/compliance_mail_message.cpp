#include "jobs/compliance/compliance_mail_message.hpp"

#include <algorithm>

#include "jobs/delivery/mail_templates.hpp"
#include "jobs/outbox_payload.hpp"

namespace costd {

OutboxMessage prepare_compliance_mail(const ComplianceModel& model, const StoredReport& report,
                                      const std::string& pdf, const std::string& recipient,
                                      const StatementMailOptions& options) {
  OutboxMessage row =
      begin_message("compliance/" + report.id + "/" + recipient, model.generated_at);
  row.kind = report.kind;
  row.report_id = report.id;
  const MailText words = render_compliance_mail(model, options.templates_dir, report.model_sha256);
  const auto file = std::ranges::find(report.files, "pdf", &ReportFile::format);
  Mail mail;
  mail.from = options.from;
  mail.to = recipient;
  mail.subject = words.subject;
  mail.text = words.text;
  mail.html = words.html;
  mail.attachments = {{file->file_name, "application/pdf", pdf}};
  mail.headers = {{"X-Report-Id", report.id}, {"X-Content-SHA256", report.model_sha256}};
  finish_mail(row, mail, options.outbox_dir);
  return row;
}

}  // namespace costd
