#include "daemon/console/form.hpp"

#include <fmt/format.h>

#include <cctype>

#include "ledger/error.hpp"

namespace costd {
namespace {

constexpr std::size_t fields_max = 100;

[[noreturn]] void refuse() {
  throw Error(ErrorCode::usage, "the body is no form of this console; load the page again");
}

int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  refuse();
}

std::string decoded(std::string_view text) {
  std::string plain;
  for (std::size_t n = 0; n < text.size(); ++n) {
    if (text[n] == '+') {
      plain += ' ';
    } else if (text[n] != '%') {
      plain += text[n];
    } else if (n + 2 < text.size()) {
      plain += static_cast<char>(digit_of(text[n + 1]) * 16 + digit_of(text[n + 2]));
      n += 2;
    } else {
      refuse();
    }
  }
  return plain;
}

std::string encoded(const std::string& text) {
  std::string safe;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_plain = std::isalnum(byte) != 0 || c == '-' || c == '_' || c == '.' || c == '~';
    safe += is_plain ? std::string(1, c) : fmt::format("%{:02X}", byte);
  }
  return safe;
}

}  // namespace

Fields parse_form(std::string_view body) {
  Fields fields;
  while (!body.empty()) {
    const std::string_view pair = body.substr(0, body.find('&'));
    body.remove_prefix(std::min(body.size(), pair.size() + 1));
    if (pair.empty()) continue;
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const bool is_new = fields
                            .emplace(decoded(pair.substr(0, equals)),
                                     equals == pair.size() ? "" : decoded(pair.substr(equals + 1)))
                            .second;
    if (!is_new || fields.size() > fields_max) refuse();
  }
  return fields;
}

std::string address(const std::string& path, const Fields& query) {
  std::string text = path;
  char mark = '?';
  for (const auto& [name, value] : query) {
    if (value.empty()) continue;
    text += mark + encoded(name) + "=" + encoded(value);
    mark = '&';
  }
  return text;
}

Fields with(Fields fields, const Fields& changes) {
  for (const auto& [name, value] : changes) {
    if (value.empty()) {
      fields.erase(name);
    } else {
      fields[name] = value;
    }
  }
  return fields;
}

std::string field(const Fields& fields, const std::string& name) {
  const auto found = fields.find(name);
  return found == fields.end() ? "" : found->second;
}

}  // namespace costd
