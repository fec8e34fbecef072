#pragma once
// The decisions of the webhook transport: the signature of Standard Webhooks, where a message may
// go, and what the end of an attempt means. Pure, so that every case has a test.

#include <string>
#include <vector>

#include "jobs/delivery/transport.hpp"

namespace costd {

/// The key in a secret's text: the bytes behind "whsec_" in base64, else the text itself. Throws
/// Error(config) for broken base64 and for less than 24 bytes, the least that Standard Webhooks
/// allows; the text of the error does not repeat the secret.
std::string parse_webhook_secret(const std::string& text);

/// The value of webhook-signature: "v1,BASE64" for each key, separated by blanks, each the
/// HMAC-SHA256 over "ID.SECONDS.BODY".
std::string sign_webhook(const std::string& id, std::int64_t seconds, const std::string& body,
                         const std::vector<std::string>& keys);

struct WebhookAddress {
  std::string scheme;  ///< https | http
  std::string host;    ///< without brackets
  int port = 443;
};
/// Throws Error(config) unless the URL is https:// (or http:// to a loopback host, where loopback
/// is allowed), without user, password or fragment. The text never repeats the URL, which may hold
/// a token.
WebhookAddress check_webhook_url(const std::string& url, Loopback loopback);

/// Why a connection to this host must not be made; "" if every one of its addresses may be used.
std::string complaint_about_addresses(const std::string& host,
                                      const std::vector<std::string>& addresses,
                                      Loopback loopback);

/// Sent for 2xx, rejected for 410 (the receiver wants no more of it). All else is tried again, as
/// Standard Webhooks says: a 4xx or a redirect is a receiver that somebody may mend.
SendOutcome outcome_of_status(long status);
/// "301: redirects are not followed; configure the final URL", "500 Internal Server Error ...".
std::string describe_answer(long status, const std::string& location, const std::string& body);

}  // namespace costd
