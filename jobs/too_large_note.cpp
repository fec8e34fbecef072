#include "jobs/too_large_note.hpp"

#include <spdlog/spdlog.h>

#include <filesystem>

#include <fmt/format.h>

#include "jobs/delivery/mail_templates.hpp"
#include "jobs/durable_file.hpp"
#include "jobs/outbox_payload.hpp"
#include "ledger/error.hpp"
#include "ledger/store/audit_store.hpp"
#include "ledger/store/report_store.hpp"

namespace costd {
namespace {

TooLargeMail describe(const OutboxMessage& refused, const StoredReport& report,
                      std::int64_t message_bytes, std::string audit_chain, Instant now) {
  TooLargeMail mail;
  mail.subject = refused.subject;
  mail.recipient = refused.recipient;
  mail.server_reply = refused.last_reply;
  mail.message_bytes = message_bytes;
  mail.refused_at = now;
  mail.family = report.kind == "chargeback" ? "chargeback" : "compliance";
  mail.report_id = report.id;
  mail.model_sha256 = report.model_sha256;
  mail.audit_chain = std::move(audit_chain);
  mail.tenant_name = report.tenant_name;
  mail.period = report.period;
  mail.status = report.status;
  for (const ReportFile& file : report.files) {
    mail.files.push_back({file.file_name, file.sha256, file.bytes});
  }
  return mail;
}

/// Templates restyled before there were notes lack this one; the reader must hear of it all the
/// same.
MailText words_for(const TooLargeMail& mail, const std::string& templates_dir) {
  try {
    return render_too_large_mail(mail, templates_dir);
  } catch (const Error& error) {
    spdlog::error("note_template_failed report={} error=\"{}\"", mail.report_id, error.what());
    std::string text = fmt::format(
        "The files of this statement are too large for the mail server of {} and are not attached."
        "\nThe server said: {}\n\nReport: {}\nAudit chain: {}\nTo get the files: {}\n",
        mail.recipient, mail.server_reply, mail.report_id, mail.audit_chain,
        download_command(mail));
    for (const StoredFileName& file : mail.files) {
      text += fmt::format("{}\n  SHA-256 {}\n", file.name, file.sha256);
    }
    text += fmt::format("\nThe mail template could not be used: {}\n", error.what());
    return {mail.subject, std::move(text), ""};
  }
}

}  // namespace

std::optional<OutboxMessage> prepare_too_large_note(Connection& connection,
                                                    const OutboxMessage& refused,
                                                    const StatementMailOptions& options,
                                                    Instant now) {
  if (options.from.empty() || refused.channel != "mail" || !refused.supersedes.empty()) {
    return std::nullopt;
  }
  const auto report = find_report(connection, refused.report_id);
  if (!report || report->is_deleted()) return std::nullopt;
  const auto refused_bytes = static_cast<std::int64_t>(read_file(refused.payload_path).size());
  OutboxMessage row = begin_message(refused.dedupe_key + "/note", now);
  row.kind = refused.kind;
  row.report_id = refused.report_id;
  const MailText words =
      words_for(describe(refused, *report, refused_bytes, describe_audit_head(connection), now),
                options.templates_dir);
  Mail mail;
  mail.from = options.from;
  mail.to = refused.recipient;
  mail.subject = words.subject;
  mail.text = words.text;
  mail.html = words.html;
  mail.headers = {{"X-Report-Id", report->id}, {"X-Content-SHA256", report->model_sha256}};
  finish_mail(row, mail, options.outbox_dir);
  const auto note_bytes = static_cast<std::int64_t>(read_file(row.payload_path).size());
  if (note_bytes < refused_bytes) return row;
  std::error_code ignored;  // a file that nothing names harms nobody
  std::filesystem::remove(row.payload_path, ignored);
  return std::nullopt;
}

}  // namespace costd
