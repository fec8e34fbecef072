#pragma once
// A mail as a value, and its bytes: the same mail is the same message, however often it is sent.

#include <string>
#include <vector>

#include "ledger/time/instant.hpp"

namespace costd {

struct Attachment {
  std::string file_name;   ///< UTF-8; encoded per RFC 2231 where needed
  std::string media_type;  ///< "application/pdf"
  std::string bytes;
};

struct Mail {
  std::string message_id;  ///< without angle brackets; made once, when the mail is decided
  std::string from;        ///< an address, or "Name <address>"
  std::string to;          ///< one recipient: each gets a message of its own
  std::string subject;     ///< UTF-8
  Instant date;
  std::string text;
  std::string html;        ///< "" = plain text only
  std::vector<Attachment> attachments;
  std::vector<std::pair<std::string, std::string>> headers;  ///< further ones: X-Report-Id, ...
};

/// The RFC 5322 message with CRLF line ends: multipart/mixed(alternative(text, html), attachments),
/// Auto-Submitted: auto-generated, boundaries derived from the Message-ID. Throws Error(data)
/// naming the header if an address, header name or value holds CR, LF or NUL, or an address is not
/// one.
std::string render_message(const Mail& mail);

/// The bare address of "Name <a@b>" or "a@b"; throws Error(data) if it is not one.
std::string address_of(const std::string& mailbox);

}  // namespace costd
