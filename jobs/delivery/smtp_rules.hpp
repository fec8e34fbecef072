#pragma once
// The decisions of the SMTP transport: how a server is spoken to, and what the end of an attempt
// means. Pure, so that every case has a test; smtp_transport.cpp only carries them out.

#include <curl/curl.h>

#include <string>
#include <string_view>

#include "jobs/delivery/transport.hpp"

namespace costd {

enum class Encryption {
  from_start,     ///< smtps
  required,       ///< STARTTLS, or nothing is sent
  opportunistic,  ///< STARTTLS where it is offered; loopback with credentials or a CA file only
  none,           ///< loopback: a local relay often offers TLS with a certificate nobody can check
};

/// Throws Error(config) unless the URL is smtp:// or smtps:// with a host and without user or
/// password in it. The message never repeats what may be a password.
Encryption encryption_for(const SmtpSettings& settings);

/// 127.0.0.0/8, ::1 (with or without brackets) and localhost.
bool is_loopback(const std::string& host);

/// The server's side of an SMTP dialogue, line by line as it arrives.
class SmtpReplies {
 public:
  /// One line of the server, with or without its line end.
  void take_line(std::string_view line);

  /// Code and text of the last complete reply; the reply to QUIT is not counted. 0 and "" = none.
  int last_code() const { return last_code_; }
  const std::string& last_text() const { return last_text_; }
  /// Code of the reply that followed 354: the answer to the final dot. 0 = none came.
  int code_after_data() const { return code_after_data_; }

 private:
  std::string pending_;  ///< the lines of a reply that is not complete yet
  std::string last_text_;
  int last_code_ = 0;
  int code_after_data_ = 0;
};

/// True for a refusal for good because of the message's size: 552 and 523, unless an enhanced code
/// names another reason (552 5.2.2 is a full mailbox), and any 5xx with 5.3.4 or 5.2.3.
bool is_too_large(int code, std::string_view reply);

enum class Handover { partial, whole };

/// The outcome of an attempt. Only an attempt that handed the whole message over and then lost the
/// answer is ambiguous; a failure to write means that the final dot never left.
SendOutcome outcome_of(CURLcode result, const SmtpReplies& replies, Handover handover);

}  // namespace costd
