#pragma once
// What a chargeback mail can say: the words and tables that its templates may name.

#include <map>
#include <string>
#include <vector>

#include "reports/chargeback_model.hpp"

namespace costd {

using MailRow = std::map<std::string, std::string>;

/// The values of a template. A word that does not apply is "", so that its section is left out.
/// Every value is one line: control characters in names have become blanks.
struct MailValues {
  std::map<std::string, std::string> words;
  std::map<std::string, std::vector<MailRow>> lists;
};

/// The words are listed in templates/README.md; the names are the same for every model.
MailValues chargeback_mail_values(const ChargebackModel& model, const std::string& model_sha256);

/// The names a row of any list may have.
const std::vector<std::string>& mail_row_names();

}  // namespace costd
