#pragma once
// Where a message goes: an SMTP server or a local maildir. Called on worker threads only.

#include <chrono>
#include <memory>
#include <optional>
#include <string>

namespace costd {

enum class SendOutcome {
  sent,       ///< accepted by the server, or renamed into the maildir
  retry,      ///< refused for now or unreachable; nothing was accepted
  rejected,   ///< refused for good (5xx); trying again is useless
  ambiguous,  ///< the whole message was handed over and no answer came
};
const char* name_of(SendOutcome outcome);

struct SendResult {
  SendOutcome outcome = SendOutcome::retry;
  std::string reply;  ///< the server's last reply or the error, for the operator
};

struct Envelope {
  std::string id;         ///< outbox id: stable over retries, names the maildir file
  std::string from;       ///< bare address
  std::string recipient;  ///< bare address
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

}  // namespace costd
