#pragma once
// A text without what surrounds it.

#include <string>
#include <string_view>

namespace costd {

/// Without blanks, tabs and line ends before and after it.
inline std::string trimmed(std::string_view text) {
  constexpr const char* blanks = " \t\r\n";
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return "";
  return std::string(text.substr(first, text.find_last_not_of(blanks) - first + 1));
}

}  // namespace costd
