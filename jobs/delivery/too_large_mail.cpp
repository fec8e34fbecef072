#include "jobs/delivery/too_large_mail.hpp"

#include <fmt/format.h>

#include "ledger/money.hpp"

namespace costd {

std::string download_command(const TooLargeMail& mail) {
  return "costctl " + mail.family + " download " + mail.report_id + " --to DIR";
}

MailValues too_large_mail_values(const TooLargeMail& mail) {
  MailValues values;
  values.words = {
      {"subject", mail.subject},
      {"recipient", mail.recipient},
      {"server_reply", mail.server_reply},
      {"message_size", format_count(mail.message_bytes) + " bytes"},
      {"refused_at", format_instant_for_people(mail.refused_at)},
      {"report_id", mail.report_id},
      {"model_sha256", mail.model_sha256},
      {"audit_chain", mail.audit_chain},
      {"tenant_name", mail.tenant_name},
      {"period_window", fmt::format("{} to {}", format_day(mail.period.from),
                                    format_day(mail.period.to - std::chrono::days(1)))},
      {"status", mail.status},
      {"download", download_command(mail)},
  };
  for (const StoredFileName& file : mail.files) {
    values.lists["files"].push_back({{"name", file.name},
                                     {"detail", file.sha256},
                                     {"value", format_count(file.bytes) + " bytes"}});
  }
  values.lists.try_emplace("files");
  make_single_lines(values);
  return values;
}

}  // namespace costd
