#include <algorithm>
#include <array>
#include <chrono>
#include <string_view>

#include <fmt/format.h>

#include "jobs/delivery/mail.hpp"
#include "jobs/delivery/mailbox.hpp"
#include "jobs/delivery/mime_encoding.hpp"
#include "ledger/error.hpp"
#include "ledger/sha256.hpp"

namespace costd {
namespace {

// RFC 5322, 2.1.1: a line holds at most 998 characters.
constexpr std::size_t line_bytes_max = 998;
constexpr std::size_t header_name_bytes_max = 60;
// Percent-encoded, three for one, it still fits a line.
constexpr std::size_t file_name_bytes_max = 255;
constexpr std::string_view line_end = "\r\n";

[[noreturn]] void refuse(std::string_view header, std::string_view why) {
  throw Error(ErrorCode::data, fmt::format("mail header {}: {}", without_controls(header), why));
}

void require_one_line(std::string_view header, std::string_view value) {
  if (value.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos) {
    refuse(header, "the value holds CR, LF or NUL; remove it");
  }
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

std::string unstructured(std::string_view name, std::string_view value) {
  require_one_line(name, value);
  return fmt::format("{}: {}\r\n", name, encode_header_text(value, name.size() + 2));
}

/// From or To. A display name is an encoded word or a quoted string, never bare.
std::string mailbox_header(std::string_view name, const std::string& value) {
  require_one_line(name, value);
  Mailbox mailbox;
  try {
    mailbox = parse_mailbox(value);
  } catch (const Error& error) {
    refuse(name, error.what());
  }
  if (mailbox.name.empty()) return fmt::format("{}: {}\r\n", name, mailbox.address);
  std::string shown = encode_header_text(mailbox.name, name.size() + 4);
  if (shown == mailbox.name) {
    std::string quoted;
    for (const char c : shown) {
      if (c == '"' || c == '\\') quoted += '\\';
      quoted += c;
    }
    shown = '"' + quoted + '"';
  }
  return fmt::format("{}: {}\r\n <{}>\r\n", name, shown, mailbox.address);
}

std::string format_mail_date(Instant instant) {
  constexpr std::array weekdays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                              "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(instant);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(std::chrono::floor<std::chrono::seconds>(instant - day));
  return fmt::format("{}, {} {} {} {:02}:{:02}:{:02} +0000",
                     weekdays[std::chrono::weekday(day).c_encoding()],
                     static_cast<unsigned>(date.day()),
                     months[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
                     time.hours().count(), time.minutes().count(), time.seconds().count());
}

std::string message_id_header(const std::string& id) {
  require_one_line("Message-ID", id);
  const auto at = id.rfind('@');
  const std::string_view text = id;
  if (at == std::string::npos || id.size() > line_bytes_max / 4 ||
      !is_dot_atom(text.substr(0, at)) || !is_dot_atom(text.substr(at + 1))) {
    refuse("Message-ID", "\"" + without_controls(id) + "\" is not of the form id@host");
  }
  return "Message-ID: <" + id + ">\r\n";
}

/// A further header; one that render_message writes itself would make two messages of one.
std::string further_header(const std::string& name, const std::string& value) {
  constexpr std::array<std::string_view, 15> reserved{
      "from",           "to",        "cc",         "bcc",          "sender",      "reply-to",
      "subject",        "date",      "message-id", "mime-version", "return-path", "received",
      "auto-submitted", "resent-to", "resent-from"};
  const auto is_name_character = [](char c) { return c > ' ' && c <= '~' && c != ':'; };
  if (name.empty() || name.size() > header_name_bytes_max ||
      !std::all_of(name.begin(), name.end(), is_name_character)) {
    refuse(name, "not a header name; use letters, digits and '-'");
  }
  const std::string key = lower(name);
  if (std::find(reserved.begin(), reserved.end(), key) != reserved.end() ||
      key.starts_with("content-")) {
    refuse(name, "is written by the mail itself; choose an X- name");
  }
  return unstructured(name, value);
}

void require_media_type(const Attachment& attachment) {
  const std::string_view type = attachment.media_type;
  const auto slash = type.find('/');
  const auto is_token_character = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("!#$&^_.+-").find(c) != std::string_view::npos;
  };
  const auto is_token = [&](std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), is_token_character);
  };
  if (slash == std::string_view::npos || type.size() > 127 || !is_token(type.substr(0, slash)) ||
      !is_token(type.substr(slash + 1))) {
    refuse("Content-Type",
           "\"" + without_controls(type) + "\" is not a media type like application/pdf");
  }
}

/// "=_" occurs in no base64 and no quoted-printable text, so a boundary never occurs in a part.
std::string boundary(std::string_view message_id, std::string_view part) {
  return "=_" + sha256_hex(fmt::format("{}\n{}", part, message_id)).substr(0, 32);
}

/// Joins complete parts (headers, empty line, body) to a multipart one, headers first.
std::string multipart(std::string_view kind, std::string_view message_id,
                      const std::vector<std::string>& parts) {
  const std::string mark = boundary(message_id, kind);
  std::string whole =
      fmt::format("Content-Type: multipart/{};\r\n boundary=\"{}\"\r\n\r\n", kind, mark);
  for (const std::string& part : parts) {
    whole += fmt::format("--{}\r\n", mark);
    whole += part;
    whole += line_end;
  }
  return whole + fmt::format("--{}--\r\n", mark);
}

std::string text_part(std::string_view subtype, std::string_view text) {
  return fmt::format(
      "Content-Type: text/{}; charset=utf-8\r\n"
      "Content-Transfer-Encoding: quoted-printable\r\n\r\n{}",
      subtype, encode_quoted_printable(text));
}

std::string attachment_part(const Attachment& attachment) {
  require_one_line("Content-Disposition", attachment.file_name);
  if (attachment.file_name.empty() || attachment.file_name.size() > file_name_bytes_max) {
    refuse("Content-Disposition", fmt::format("a file name has 1 to {} bytes; this one has {}",
                                              file_name_bytes_max, attachment.file_name.size()));
  }
  require_media_type(attachment);
  const bool is_text = lower(attachment.media_type).starts_with("text/");
  return fmt::format(
      "Content-Type: {}{};\r\n name=\"{}\"\r\n"
      "Content-Transfer-Encoding: base64\r\n"
      "Content-Disposition: attachment;\r\n {}\r\n\r\n{}",
      attachment.media_type, is_text ? "; charset=utf-8" : "",
      ascii_file_name(attachment.file_name), file_name_parameter(attachment.file_name),
      encode_base64_lines(attachment.bytes));
}

std::string body_of(const Mail& mail) {
  std::string body = text_part("plain", mail.text);
  if (!mail.html.empty()) {
    body = multipart("alternative", mail.message_id, {body, text_part("html", mail.html)});
  }
  if (mail.attachments.empty()) return body;
  std::vector<std::string> parts{std::move(body)};
  for (const Attachment& attachment : mail.attachments) {
    parts.push_back(attachment_part(attachment));
  }
  return multipart("mixed", mail.message_id, parts);
}

}  // namespace

std::string render_message(const Mail& mail) {
  std::string message = mailbox_header("From", mail.from);
  message += mailbox_header("To", mail.to);
  message += unstructured("Subject", mail.subject);
  message += "Date: " + format_mail_date(mail.date) + "\r\n";
  message += message_id_header(mail.message_id);
  message += "MIME-Version: 1.0\r\nAuto-Submitted: auto-generated\r\n";
  for (const auto& [name, value] : mail.headers) message += further_header(name, value);
  message += body_of(mail);
  return message;
}

}  // namespace costd
