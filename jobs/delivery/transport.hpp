#pragma once
// Where a message goes: a mail server, a maildir or a webhook. Called on worker threads only.

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ledger/time/instant.hpp"

namespace costd {

enum class SendOutcome {
  sent,       ///< accepted by the server, or renamed into the maildir
  retry,      ///< refused for now or unreachable; nothing was accepted
  rejected,   ///< refused for good (a mail's 5xx, a webhook's 410); trying again is useless
  too_large,  ///< refused for good for its size: a smaller message may pass
  ambiguous,  ///< the whole message was handed over and no answer came
};
const char* name_of(SendOutcome outcome);

struct SendResult {
  SendOutcome outcome = SendOutcome::retry;
  std::string reply;  ///< the server's last reply or the error, for the operator
  /// How long the receiver asks to be left alone; nothing = it did not say.
  std::optional<std::chrono::seconds> retry_after{};
};

struct Envelope {
  std::string id;            ///< outbox id: stable over retries, names the maildir file
  std::string from;          ///< bare address; "" for a webhook
  std::string recipient;     ///< bare address, or the webhook's name
  std::string message_id{};  ///< the same at every attempt
};

class Transport {
 public:
  virtual ~Transport() = default;
  /// Hands the message over. Failures of the transport are results, not exceptions.
  virtual SendResult send(const Envelope& envelope, const std::string& message) = 0;
  /// Makes a send that is under way, and all later ones, end within some two seconds; for
  /// shutdown. May be called on any thread.
  virtual void interrupt() {}
};

struct SmtpSettings {
  std::string url;  ///< "smtp://host:port" or "smtps://host:port"
  std::string user;
  std::string password;
  std::string ca_file;  ///< "" = the system's
  std::chrono::seconds connect_timeout{30};
  std::chrono::seconds total_timeout{900};  ///< long: RFC 5321 allows 10 min after the final dot
};

/// STARTTLS is required unless the host is a loopback address or the URL is smtps.
std::unique_ptr<Transport> make_smtp_transport(SmtpSettings settings);
/// Writes DIR/tmp/ID, syncs it, renames it to DIR/new/ID; a message already in new/ or cur/ is
/// `sent` and not written again.
std::unique_ptr<Transport> make_maildir_transport(std::string directory);

/// The addresses of a host as numbers ("192.0.2.1", "2001:db8::1"), in the resolver's order. Throws
/// Error(network) naming the host if there are none.
using Resolver = std::function<std::vector<std::string>(const std::string& host)>;
/// Asks the operating system, which may take as long as its own settings let it.
std::vector<std::string> resolve_host(const std::string& host);

enum class Loopback { refused, allowed };

struct WebhookSettings {
  std::string name;  ///< what messages and errors call it; the URL may hold a token
  std::string url;   ///< https://, or http:// where loopback is allowed and the host is one
  std::vector<std::string> keys;  ///< bytes; each signs every message, see parse_webhook_secret
  std::string ca_file;            ///< "" = the system's
  Loopback loopback = Loopback::refused;
  std::chrono::milliseconds total_timeout{10'000};  ///< of connecting, sending and the answer
  std::function<Instant()> now;  ///< for the timestamp that is signed at each attempt
  Resolver resolve = resolve_host;
};

/// Posts the message as it is, signed as Standard Webhooks says. Redirects are not followed, the
/// environment's proxies are not used, and every address of the host must be a public one, checked
/// before the connection goes to just those. Throws Error(config) for a URL or keys that cannot be
/// used; the text never repeats them.
std::unique_ptr<Transport> make_webhook_transport(WebhookSettings settings);

}  // namespace costd
