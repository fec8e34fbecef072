#include "jobs/report_mail.hpp"

#include <algorithm>

#include "jobs/delivery/mail_templates.hpp"
#include "jobs/outbox_payload.hpp"

namespace costd {
namespace {

std::string media_type_of(const std::string& format) {
  if (format == "pdf") return "application/pdf";
  if (format == "csv") return "text/csv";
  return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
}

std::vector<Attachment> attachments_of(const StoredReport& report, const RenderedFiles& files,
                                       const std::vector<std::string>& formats) {
  std::vector<Attachment> attachments;
  for (const std::string& format : formats) {
    const auto bytes = files.find(format);
    const auto file = std::ranges::find(report.files, format, &ReportFile::format);
    if (bytes == files.end() || file == report.files.end()) continue;
    attachments.push_back({file->file_name, media_type_of(format), bytes->second});
  }
  return attachments;
}

/// `family` is that of the commands about such reports: part of what makes a mail the same one.
OutboxMessage prepare_mail(const std::string& family, const StoredReport& report,
                           const MailText& words, std::vector<Attachment> attachments,
                           const std::string& recipient, const StatementMailOptions& options) {
  OutboxMessage row =
      begin_message(family + "/" + report.id + "/" + recipient, report.generated_at);
  row.kind = report.kind;
  row.report_id = report.id;
  Mail mail;
  mail.from = options.from;
  mail.to = recipient;
  mail.subject = words.subject;
  mail.text = words.text;
  mail.html = words.html;
  mail.attachments = std::move(attachments);
  mail.headers = {{"X-Report-Id", report.id}, {"X-Content-SHA256", report.model_sha256}};
  finish_mail(row, mail, options.outbox_dir);
  return row;
}

}  // namespace

OutboxMessage prepare_statement_mail(const ChargebackModel& model, const StoredReport& report,
                                     const RenderedFiles& files, const std::string& recipient,
                                     const StatementMailOptions& options) {
  return prepare_mail("chargeback", report,
                      render_chargeback_mail(model, options.templates_dir, report.model_sha256),
                      attachments_of(report, files, options.attach), recipient, options);
}

OutboxMessage prepare_compliance_mail(const ComplianceModel& model, const StoredReport& report,
                                      const RenderedFiles& files, const std::string& recipient,
                                      const StatementMailOptions& options) {
  return prepare_mail("compliance", report,
                      render_compliance_mail(model, options.templates_dir, report.model_sha256),
                      attachments_of(report, files, {"pdf"}), recipient, options);
}

}  // namespace costd
