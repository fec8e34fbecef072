#pragma once
// What a mail's templates may name: words, and lists of rows.

#include <map>
#include <string>
#include <vector>

namespace costd {

using MailRow = std::map<std::string, std::string>;

/// The values of a template. A word that does not apply is "", so that its section is left out.
/// Every value is one line: control characters in names have become blanks.
struct MailValues {
  std::map<std::string, std::string> words;
  std::map<std::string, std::vector<MailRow>> lists;
};

/// The names a row of any list may have.
const std::vector<std::string>& mail_row_names();

/// Control characters and the marks that turn the reading direction become blanks: a name from
/// outside must not break a line or show a figure backwards.
std::string one_line(const std::string& text);
/// The same of every value.
void make_single_lines(MailValues& values);

}  // namespace costd
