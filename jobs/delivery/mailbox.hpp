#pragma once
// Mail addresses: which texts are one, and the parts of "Name <address>".

#include <string>
#include <string_view>

namespace costd {

struct Mailbox {
  std::string name;  ///< without quotes, UTF-8; "" = none
  std::string address;
};

/// Splits "Name <a@b>", "\"Name, Inc.\" <a@b>" or "a@b". Throws Error(data) if the address is not
/// one, at a control character, and at a name without quotes that holds any of , ; : @ < > ".
Mailbox parse_mailbox(const std::string& text);

/// dot-atom@domain in ASCII, within the lengths of RFC 5321. Quoted local parts, address literals
/// and addresses beyond ASCII are refused: not every server on the way takes them.
bool is_address(std::string_view text);

/// Atoms joined by single dots, as on both sides of a Message-ID's @.
bool is_dot_atom(std::string_view text);

/// The text for a log or an operator's eyes: control characters become '?', so that none forges a
/// line or colours a terminal.
std::string without_controls(std::string_view text);

}  // namespace costd
