#pragma once
// The words of the mails, from mustache templates that a site may restyle.

#include <string>

#include "reports/chargeback_model.hpp"

namespace costd {

struct MailText {
  std::string subject;
  std::string text;
  std::string html;
};

/// Renders templates/mail/chargeback.{subject,txt,html}. HTML is escaped; text and subject are not.
/// Throws Error(config) naming the template file and what is wrong with it.
MailText render_chargeback_mail(const ChargebackModel& model, const std::string& templates_dir,
                                const std::string& model_sha256);

}  // namespace costd
