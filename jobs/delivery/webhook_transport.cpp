#include <curl/curl.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "jobs/delivery/address_rules.hpp"
#include "jobs/delivery/curl_library.hpp"
#include "jobs/delivery/mailbox.hpp"
#include "jobs/delivery/webhook_rules.hpp"
#include "ledger/error.hpp"

namespace costd {
namespace {

constexpr std::size_t answer_bytes_max = std::size_t{64} << 10;  // header and body together

using Handle = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;

/// A list of libcurl's that grows by copies of lines.
class Lines {
 public:
  Lines() : list_(nullptr, curl_slist_free_all) {}
  void add(const std::string& line) {
    curl_slist* longer = curl_slist_append(list_.get(), line.c_str());
    if (longer == nullptr) throw Error(ErrorCode::network, "libcurl has no memory");
    list_.release();
    list_.reset(longer);
  }
  curl_slist* get() const { return list_.get(); }

 private:
  std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> list_;
};

/// What the receiver says, as far as it is read.
struct Reply {
  std::string body;
  std::size_t bytes = 0;
  bool is_whole_header_read = false;

  /// False at the limit: libcurl then ends the transfer.
  bool take(std::size_t more) {
    bytes += more;
    return bytes <= answer_bytes_max;
  }
};

std::size_t take_header(char* line, std::size_t size, std::size_t count, void* data) {
  auto& reply = *static_cast<Reply*>(data);
  const std::size_t length = size * count;
  if (std::string_view(line, length) == "\r\n") reply.is_whole_header_read = true;
  return reply.take(length) ? length : 0;
}

std::size_t take_body(char* bytes, std::size_t size, std::size_t count, void* data) {
  auto& reply = *static_cast<Reply*>(data);
  const std::size_t length = size * count;
  if (!reply.take(length)) return 0;
  reply.body.append(bytes, length);
  return length;
}

std::string numeric_host(const sockaddr* address, socklen_t length) {
  std::array<char, NI_MAXHOST> text{};
  const int result =
      getnameinfo(address, length, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST);
  return result == 0 ? text.data() : "";
}

/// The last look before a socket is made: whatever libcurl is about to connect to is judged again.
curl_socket_t open_checked_socket(void* loopback, curlsocktype, curl_sockaddr* address) {
  const std::string host = numeric_host(&address->addr, address->addrlen);
  const Loopback allowed = *static_cast<const Loopback*>(loopback);
  if (!complaint_about_addresses(host, {host}, allowed).empty()) return CURL_SOCKET_BAD;
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

class WebhookTransport : public Transport {
 public:
  explicit WebhookTransport(WebhookSettings settings)
      : settings_(std::move(settings)),
        address_(check_webhook_url(settings_.url, settings_.loopback)) {
    if (settings_.keys.empty()) {
      throw Error(ErrorCode::config,
                  "webhook " + settings_.name + " has no secret to sign with; add secret_files");
    }
  }

  SendResult send(const Envelope& envelope, const std::string& body) override {
    std::vector<std::string> addresses;
    try {
      addresses = settings_.resolve(address_.host);
    } catch (const Error& error) {
      return {SendOutcome::retry, error.what()};
    }
    const std::string complaint =
        complaint_about_addresses(address_.host, addresses, settings_.loopback);
    if (!complaint.empty()) return {SendOutcome::rejected, complaint};
    start_curl_once();
    const Handle handle(curl_easy_init(), curl_easy_cleanup);
    if (!handle) return {SendOutcome::retry, "libcurl has no memory"};
    return post(handle.get(), envelope, body, addresses);
  }

  void interrupt() override { interrupted_ = true; }

 private:
  SendResult post(CURL* curl, const Envelope& envelope, const std::string& body,
                  const std::vector<std::string>& addresses) {
    Lines pinned;
    const bool is_number = address_.host.find(':') != std::string::npos;  // nothing to resolve
    if (!is_number) pinned.add(pin(addresses));
    const Lines headers = headers_for(envelope, body);
    Reply reply;
    std::array<char, CURL_ERROR_SIZE> error{};
    set_receiver(curl);
    curl_easy_setopt(curl, CURLOPT_RESOLVE, pinned.get());
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(curl, CURLOPT_POST, 1L);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.data());
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, &reply);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &reply);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error.data());
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, is_interrupted);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &interrupted_);
    const CURLcode result = curl_easy_perform(curl);
    return judge(curl, result, reply, error.data(), body.size());
  }

  void set_receiver(CURL* curl) {
    curl_easy_setopt(curl, CURLOPT_URL, settings_.url.c_str());
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, address_.scheme.c_str());
    curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_1_1});
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");  // none from the environment either
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);  // threads
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(settings_.total_timeout.count()));
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, open_checked_socket);
    curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, &settings_.loopback);
    curl_easy_setopt(curl, CURLOPT_SSLVERSION, long{CURL_SSLVERSION_TLSv1_2});
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "costd/" COSTD_VERSION);
    if (!settings_.ca_file.empty()) {
      curl_easy_setopt(curl, CURLOPT_CAINFO, settings_.ca_file.c_str());
      curl_easy_setopt(curl, CURLOPT_CAPATH, nullptr);  // the file alone, not the system's too
    }
  }

  /// "HOST:PORT:ADDRESS,ADDRESS": libcurl asks nobody else, so that a name which changes between
  /// the check and the connection changes nothing.
  std::string pin(const std::vector<std::string>& addresses) const {
    std::string list;
    for (const std::string& address : addresses) {
      list += list.empty() ? "" : ",";
      list += address.find(':') == std::string::npos ? address : "[" + address + "]";
    }
    return fmt::format("{}:{}:{}", address_.host, address_.port, list);
  }

  Lines headers_for(const Envelope& envelope, const std::string& body) const {
    const std::int64_t seconds =
        std::chrono::floor<std::chrono::seconds>(settings_.now()).time_since_epoch().count();
    Lines headers;
    headers.add("Content-Type: application/cloudevents+json; charset=utf-8");
    headers.add("Accept: */*");
    headers.add("Expect:");  // the whole message at once
    headers.add("webhook-id: " + envelope.message_id);
    headers.add("webhook-timestamp: " + std::to_string(seconds));
    headers.add("webhook-signature: " +
                sign_webhook(envelope.message_id, seconds, body, settings_.keys));
    return headers;
  }

  /// A status counts from the moment its header is whole: a body that is too long or never ends
  /// changes nothing about it.
  static SendResult judge(CURL* curl, CURLcode result, const Reply& reply, const char* error,
                          std::size_t body_bytes) {
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    if (status != 0 && reply.is_whole_header_read) {
      char* location = nullptr;
      curl_easy_getinfo(curl, CURLINFO_REDIRECT_URL, &location);
      curl_off_t retry_after = 0;
      curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &retry_after);
      SendResult answer{outcome_of_status(status),
                        describe_answer(status, location == nullptr ? "" : location, reply.body)};
      if (retry_after > 0) answer.retry_after = std::chrono::seconds(retry_after);
      return answer;
    }
    const std::string reason =
        without_controls(*error != '\0' ? error : curl_easy_strerror(result));
    curl_off_t uploaded = 0;
    curl_easy_getinfo(curl, CURLINFO_SIZE_UPLOAD_T, &uploaded);
    if (uploaded >= static_cast<curl_off_t>(body_bytes)) {
      return {SendOutcome::ambiguous, "no answer to the whole message: " + reason};
    }
    return {SendOutcome::retry, reason};
  }

  WebhookSettings settings_;
  WebhookAddress address_;
  std::atomic<bool> interrupted_ = false;
};

}  // namespace

std::vector<std::string> resolve_host(const std::string& host) {
  addrinfo wanted{};
  wanted.ai_family = AF_UNSPEC;
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int result = getaddrinfo(host.c_str(), nullptr, &wanted, &found);
  if (result != 0) {
    throw Error(ErrorCode::network,
                fmt::format("cannot resolve {}: {}", without_controls(host), gai_strerror(result)));
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> list(found, freeaddrinfo);
  std::vector<std::string> addresses;
  for (const addrinfo* entry = found; entry != nullptr; entry = entry->ai_next) {
    addresses.push_back(numeric_host(entry->ai_addr, entry->ai_addrlen));
  }
  return addresses;
}

std::unique_ptr<Transport> make_webhook_transport(WebhookSettings settings) {
  return std::make_unique<WebhookTransport>(std::move(settings));
}

}  // namespace costd
