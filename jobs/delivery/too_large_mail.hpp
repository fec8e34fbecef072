#pragma once
// What the mail says that takes the place of one too large for the server.

#include <cstdint>
#include <string>
#include <vector>

#include "jobs/delivery/mail_values.hpp"
#include "ledger/time/calendar.hpp"
#include "ledger/time/instant.hpp"

namespace costd {

struct StoredFileName {
  std::string name;
  std::string sha256;
  std::int64_t bytes = 0;
};

struct TooLargeMail {
  std::string subject;  ///< of the mail that was refused
  std::string recipient;
  std::string server_reply;
  std::int64_t message_bytes = 0;  ///< of the mail that was refused
  Instant refused_at;
  std::string family = "chargeback";  ///< or "compliance": the commands about such reports
  std::string report_id;
  std::string model_sha256;
  std::string audit_chain;  ///< where costd's chain stood then: "9,480 events, head cde64922..."
  std::string tenant_name;
  DayRange period;
  std::string status;
  std::vector<StoredFileName> files;
};

/// The words are listed in templates/README.md.
MailValues too_large_mail_values(const TooLargeMail& mail);
/// The command that writes the report's files to a folder.
std::string download_command(const TooLargeMail& mail);

}  // namespace costd
