#pragma once
// What a mail about a compliance report can say: the words and lists that its templates may name.

#include <string>

#include "jobs/delivery/mail_values.hpp"
#include "reports/compliance_model.hpp"

namespace costd {

/// The words are listed in templates/README.md; the names are the same for every model.
MailValues compliance_mail_values(const ComplianceModel& model, const std::string& model_sha256);

}  // namespace costd
