#include <curl/curl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <utility>

#include "jobs/delivery/curl_library.hpp"
#include "jobs/delivery/mailbox.hpp"
#include "jobs/delivery/smtp_rules.hpp"
#include "jobs/delivery/transport.hpp"
#include "ledger/error.hpp"

namespace costd {
namespace {

// RFC 5321, 4.5.3.2.6: the server may take ten minutes after the final dot. libcurl's own two
// would cut many an answer off, and each one cut off may become a message that arrives twice.
constexpr std::chrono::seconds reply_timeout_max{600};

/// The message as libcurl reads it: the bytes as they are, dots are doubled by libcurl.
struct Upload {
  const std::string& message;
  std::size_t next = 0;
};

std::size_t read_message(char* buffer, std::size_t size, std::size_t count, void* data) {
  auto& upload = *static_cast<Upload*>(data);
  const std::size_t bytes = std::min(size * count, upload.message.size() - upload.next);
  std::memcpy(buffer, upload.message.data() + upload.next, bytes);
  upload.next += bytes;
  return bytes;
}

std::size_t take_reply(char* line, std::size_t size, std::size_t count, void* data) {
  static_cast<SmtpReplies*>(data)->take_line({line, size * count});
  return size * count;
}

using Handle = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;
using AddressList = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

long milliseconds(std::chrono::seconds time) {
  return static_cast<long>(std::chrono::milliseconds(time).count());
}

class SmtpTransport : public Transport {
 public:
  explicit SmtpTransport(SmtpSettings settings)
      : settings_(std::move(settings)), encryption_(encryption_for(settings_)) {}

  SendResult send(const Envelope& envelope, const std::string& message) override {
    // A line end in an address would be a command of its own to the server.
    for (const std::string& address : {envelope.from, envelope.recipient}) {
      if (!is_address(address)) {
        return {SendOutcome::rejected,
                "\"" + without_controls(address) + "\" is not a mail address"};
      }
    }
    start_curl_once();
    const Handle handle(curl_easy_init(), curl_easy_cleanup);
    const AddressList recipients(curl_slist_append(nullptr, envelope.recipient.c_str()),
                                 curl_slist_free_all);
    if (!handle || !recipients) return {SendOutcome::retry, "libcurl has no memory"};
    set_server(handle.get());
    CURL* curl = handle.get();
    Upload upload{message};
    SmtpReplies replies;
    std::array<char, CURL_ERROR_SIZE> error{};
    curl_easy_setopt(curl, CURLOPT_MAIL_FROM, envelope.from.c_str());
    curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, recipients.get());
    curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, read_message);
    curl_easy_setopt(curl, CURLOPT_READDATA, &upload);
    // Announced as SIZE, so that a message too large is refused before it is sent.
    curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(message.size()));
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_reply);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, &replies);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error.data());
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, is_interrupted);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &interrupted_);
    const CURLcode result = curl_easy_perform(curl);
    const SendOutcome outcome = outcome_of(result, replies, handover_of(curl, message));
    leave_without_waiting(curl);
    return {outcome, describe(outcome, result, replies, error.data())};
  }

  void interrupt() override { interrupted_ = true; }

 private:
  void set_server(CURL* curl) const {
    curl_easy_setopt(curl, CURLOPT_URL, settings_.url.c_str());
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(curl, CURLOPT_PROXY, "");     // none from the environment either
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);  // threads
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, milliseconds(settings_.connect_timeout));
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, milliseconds(settings_.total_timeout));
    curl_easy_setopt(
        curl, CURLOPT_SERVER_RESPONSE_TIMEOUT,
        static_cast<long>(std::min(reply_timeout_max, settings_.total_timeout).count()));
    set_encryption(curl);
    if (!settings_.user.empty()) {
      curl_easy_setopt(curl, CURLOPT_USERNAME, settings_.user.c_str());
      curl_easy_setopt(curl, CURLOPT_PASSWORD, settings_.password.c_str());
    }
  }

  void set_encryption(CURL* curl) const {
    const long level = encryption_ == Encryption::none            ? long{CURLUSESSL_NONE}
                       : encryption_ == Encryption::opportunistic ? long{CURLUSESSL_TRY}
                                                                  : long{CURLUSESSL_ALL};
    curl_easy_setopt(curl, CURLOPT_USE_SSL, level);
    curl_easy_setopt(curl, CURLOPT_SSLVERSION, long{CURL_SSLVERSION_TLSv1_2});
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
    if (!settings_.ca_file.empty()) {
      curl_easy_setopt(curl, CURLOPT_CAINFO, settings_.ca_file.c_str());
      curl_easy_setopt(curl, CURLOPT_CAPATH, nullptr);  // the file alone, not the system's too
    }
  }

  static Handover handover_of(CURL* curl, const std::string& message) {
    curl_off_t uploaded = 0;
    curl_easy_getinfo(curl, CURLINFO_SIZE_UPLOAD_T, &uploaded);
    return uploaded >= static_cast<curl_off_t>(message.size()) ? Handover::whole
                                                               : Handover::partial;
  }

  /// Closing says QUIT and would wait for its answer as long as for any other, ten minutes with a
  /// server that never gives one. The outcome is known by now, so the answer is not read.
  static void leave_without_waiting(CURL* curl) {
    curl_socket_t socket = CURL_SOCKET_BAD;
    curl_easy_getinfo(curl, CURLINFO_ACTIVESOCKET, &socket);
    if (socket != CURL_SOCKET_BAD) shutdown(socket, SHUT_RD);
  }

  static std::string describe(SendOutcome outcome, CURLcode result, const SmtpReplies& replies,
                              const char* error) {
    const int code = replies.last_code();
    const bool said_by_server = outcome == SendOutcome::sent || code >= 400;
    if (said_by_server && !replies.last_text().empty()) return replies.last_text();
    const std::string reason = *error != '\0' ? error : curl_easy_strerror(result);
    if (outcome == SendOutcome::ambiguous) return "no answer after the final dot: " + reason;
    return reason;
  }

  SmtpSettings settings_;
  Encryption encryption_;
  std::atomic<bool> interrupted_ = false;
};

}  // namespace

std::unique_ptr<Transport> make_smtp_transport(SmtpSettings settings) {
  return std::make_unique<SmtpTransport>(std::move(settings));
}

}  // namespace costd
