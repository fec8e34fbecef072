#pragma once
// The words of the mails, from mustache templates that a site may restyle.

#include <string>

#include "jobs/delivery/alert_mail.hpp"
#include "jobs/delivery/too_large_mail.hpp"
#include "reports/chargeback_model.hpp"
#include "reports/compliance_model.hpp"

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

/// The same of templates/mail/compliance.*.
MailText render_compliance_mail(const ComplianceModel& model, const std::string& templates_dir,
                                const std::string& model_sha256);

/// The same of templates/mail/alert.*.
MailText render_alert_mail(const RaisedAlert& raised, const std::string& templates_dir);

/// The same of templates/mail/too_large.{txt,html}, under the subject of the mail in whose place it
/// is.
MailText render_too_large_mail(const TooLargeMail& mail, const std::string& templates_dir);

}  // namespace costd
