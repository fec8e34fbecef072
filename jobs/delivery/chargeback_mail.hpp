#pragma once
// What a chargeback mail can say: the words and tables that its templates may name.

#include <string>

#include "jobs/delivery/mail_values.hpp"
#include "reports/chargeback_model.hpp"

namespace costd {

/// The words are listed in templates/README.md; the names are the same for every model.
MailValues chargeback_mail_values(const ChargebackModel& model, const std::string& model_sha256);

}  // namespace costd
