#include "jobs/delivery/mailbox.hpp"

#include <algorithm>

#include "jobs/delivery/mail.hpp"
#include "jobs/delivery/mime_encoding.hpp"
#include "ledger/error.hpp"

namespace costd {
namespace {

// RFC 5321, 4.5.3.1: octets of the part before the @ and of the whole address.
constexpr std::size_t local_part_bytes_max = 64;
constexpr std::size_t address_bytes_max = 254;
constexpr std::size_t label_bytes_max = 63;

/// The characters of an RFC 5322 atom.
bool is_atom_character(char c) {
  return is_alphanumeric(c) || std::string_view("!#$%&'*+-/=?^_`{|}~").find(c) != std::string::npos;
}

std::string_view without_blanks(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// Every dot-separated piece is accepted by the rule; an empty piece never is.
template <typename Rule>
bool each_piece(std::string_view text, Rule rule) {
  while (true) {
    const auto dot = text.find('.');
    const auto piece = text.substr(0, dot);
    if (piece.empty() || !rule(piece)) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

bool is_atom(std::string_view piece) {
  return std::all_of(piece.begin(), piece.end(), is_atom_character);
}

bool is_label(std::string_view piece) {
  const auto allowed = [](char c) { return is_alphanumeric(c) || c == '-'; };
  return piece.size() <= label_bytes_max && piece.front() != '-' && piece.back() != '-' &&
         std::all_of(piece.begin(), piece.end(), allowed);
}

bool is_quoted(std::string_view name) {
  return name.size() >= 2 && name.front() == '"' && name.back() == '"';
}

bool has_control_character(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

/// A name that could be read as a second address is one only in quotes: "a@b, Name <c@d>" must not
/// become a mail to c@d alone.
bool is_name(std::string_view name) {
  return is_quoted(name) || name.find_first_of(",;:@<>\"") == std::string_view::npos;
}

std::string without_quotes(std::string_view name) {
  if (!is_quoted(name)) return std::string(name);
  std::string plain;
  for (std::size_t i = 1; i + 1 < name.size(); ++i) {
    if (name[i] == '\\' && i + 2 < name.size()) ++i;
    plain += name[i];
  }
  return plain;
}

}  // namespace

bool is_dot_atom(std::string_view text) {
  return each_piece(text, is_atom);
}

bool is_address(std::string_view text) {
  const auto at = text.rfind('@');
  if (at == std::string_view::npos || text.size() > address_bytes_max) return false;
  return at <= local_part_bytes_max && is_dot_atom(text.substr(0, at)) &&
         each_piece(text.substr(at + 1), is_label);
}

Mailbox parse_mailbox(const std::string& text) {
  Mailbox mailbox;
  const std::string_view whole = without_blanks(text);
  const auto open = whole.rfind('<');
  std::string_view name;
  if (open != std::string_view::npos && whole.back() == '>') {
    name = without_blanks(whole.substr(0, open));
    mailbox.name = without_quotes(name);
    mailbox.address = whole.substr(open + 1, whole.size() - open - 2);
  } else {
    mailbox.address = whole;
  }
  if (has_control_character(text) || !is_name(name) || !is_address(mailbox.address)) {
    throw Error(ErrorCode::data, "\"" + without_controls(text) +
                                     "\" is not a mail address; write name@example.com or "
                                     "\"Name <name@example.com>\" (ASCII, domain in punycode)");
  }
  return mailbox;
}

std::string without_controls(std::string_view text) {
  std::string shown(text);
  std::replace_if(
      shown.begin(), shown.end(),
      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '?');
  return shown;
}

std::string address_of(const std::string& mailbox) {
  return parse_mailbox(mailbox).address;
}

}  // namespace costd
