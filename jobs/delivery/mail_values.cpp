#include "jobs/delivery/mail_values.hpp"

#include <string_view>

namespace costd {

const std::vector<std::string>& mail_row_names() {
  static const std::vector<std::string> names{"name", "detail", "cost",  "share",
                                              "title", "text",  "label", "value"};
  return names;
}

std::string one_line(const std::string& text) {
  std::string line;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const std::string_view three = std::string_view(text).substr(i, 3);
    const bool turns = (three >= "\u202a" && three <= "\u202e") ||
                       (three >= "\u2066" && three <= "\u2069") || three == "\u2028" ||
                       three == "\u2029";
    if (turns) i += 2;
    line += turns || byte < 0x20 || byte == 0x7f ? ' ' : text[i];
  }
  return line;
}

void make_single_lines(MailValues& values) {
  for (auto& [name, value] : values.words) value = one_line(value);
  for (auto& [name, rows] : values.lists) {
    for (MailRow& row : rows) {
      for (auto& [key, value] : row) value = one_line(value);
    }
  }
}

}  // namespace costd
