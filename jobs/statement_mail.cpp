#include "jobs/statement_mail.hpp"

#include <algorithm>

#include "jobs/delivery/mail.hpp"
#include "jobs/delivery/mail_templates.hpp"
#include "jobs/durable_file.hpp"
#include "ledger/audit_event.hpp"
#include "ledger/ulid.hpp"

namespace costd {
namespace {

std::string media_type_of(const std::string& format) {
  if (format == "pdf") return "application/pdf";
  if (format == "csv") return "text/csv";
  return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
}

std::string domain_of(const std::string& address) {
  return address.substr(address.find('@') + 1);
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

}  // namespace

OutboxMessage prepare_statement_mail(const ChargebackModel& model, const StoredReport& report,
                                     const RenderedFiles& files, const std::string& recipient,
                                     const StatementMailOptions& options) {
  OutboxMessage row;
  row.id = make_ulid(model.generated_at);
  row.dedupe_key = "chargeback/" + report.id + "/" + recipient;
  row.kind = report.kind;
  row.report_id = report.id;
  row.sender = address_of(options.from);
  row.recipient = address_of(recipient);
  row.message_id = row.id + "." + sha256_hex(row.dedupe_key).substr(0, 16) + "@" +
                   domain_of(row.sender);
  row.not_before = row.created_at = row.updated_at = model.generated_at;

  const MailText words = render_chargeback_mail(model, options.templates_dir, report.model_sha256);
  row.subject = words.subject;
  Mail mail;
  mail.message_id = row.message_id;
  mail.from = options.from;
  mail.to = recipient;
  mail.subject = words.subject;
  mail.date = model.generated_at;
  mail.text = words.text;
  mail.html = words.html;
  mail.attachments = attachments_of(report, files, options.attach);
  mail.headers = {{"X-Report-Id", report.id}, {"X-Content-SHA256", report.model_sha256}};
  const std::string message = render_message(mail);
  row.payload_sha256 = sha256_hex(message);
  row.payload_path = options.outbox_dir + "/" + row.payload_sha256 + ".eml";
  write_durable_file(row.payload_path, message);
  return row;
}

}  // namespace costd
