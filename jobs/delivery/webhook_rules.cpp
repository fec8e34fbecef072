#include "jobs/delivery/webhook_rules.hpp"

#include <curl/curl.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <charconv>

#include <fmt/format.h>

#include "jobs/delivery/address_rules.hpp"
#include "jobs/delivery/mailbox.hpp"
#include "jobs/delivery/smtp_rules.hpp"
#include "ledger/error.hpp"

namespace costd {
namespace {

constexpr std::string_view secret_prefix = "whsec_";
constexpr std::size_t key_bytes_min = 24;
constexpr std::size_t reply_shown_bytes_max = 200;
constexpr long status_gone = 410;

std::string to_base64(const unsigned char* bytes, std::size_t size) {
  std::string text(4 * ((size + 2) / 3) + 1, '\0');  // EVP_EncodeBlock ends it with a zero
  const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes,
                                     static_cast<int>(size));
  text.resize(static_cast<std::size_t>(length));
  return text;
}

std::string from_base64(std::string text) {
  while (text.size() % 4 != 0) text += '=';  // written without padding by some
  std::string bytes(text.size() / 4 * 3, '\0');
  const int length =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                      reinterpret_cast<const unsigned char*>(text.data()),
                      static_cast<int>(text.size()));
  if (length < 0) {
    throw Error(ErrorCode::config, "what follows whsec_ is no base64; copy the secret again");
  }
  const auto last = text.find_last_not_of('=');
  const std::size_t padding = text.size() - (last == std::string::npos ? 0 : last + 1);
  bytes.resize(bytes.size() - std::min<std::size_t>(padding, bytes.size()));
  return bytes;
}

std::string hmac(const std::string& key, const std::string& text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int length = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), &length);
  return to_base64(digest.data(), length);
}

using Url = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>;

/// "" where the URL has no such part.
std::string part_of(CURLU* url, CURLUPart part, unsigned int flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, flags) != CURLUE_OK || text == nullptr) return "";
  std::string value = text;
  curl_free(text);
  return value;
}

}  // namespace

std::string parse_webhook_secret(const std::string& text) {
  std::string key =
      text.starts_with(secret_prefix) ? from_base64(text.substr(secret_prefix.size())) : text;
  if (key.size() < key_bytes_min) {
    throw Error(ErrorCode::config,
                fmt::format("the secret has {} bytes; make one of {} or more, such as whsec_ and "
                            "the output of: openssl rand -base64 32",
                            key.size(), key_bytes_min));
  }
  return key;
}

std::string sign_webhook(const std::string& id, std::int64_t seconds, const std::string& body,
                         const std::vector<std::string>& keys) {
  const std::string text = fmt::format("{}.{}.{}", id, seconds, body);
  std::string signatures;
  for (const std::string& key : keys) {
    signatures += (signatures.empty() ? "v1," : " v1,") + hmac(key, text);
  }
  return signatures;
}

WebhookAddress check_webhook_url(const std::string& url, Loopback loopback) {
  const Url parsed(curl_url(), curl_url_cleanup);
  if (!parsed || curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) {
    throw Error(ErrorCode::config, "the URL is none; write https://HOST/PATH");
  }
  WebhookAddress address;
  address.scheme = part_of(parsed.get(), CURLUPART_SCHEME);
  address.host = part_of(parsed.get(), CURLUPART_HOST);
  if (address.host.starts_with('[')) address.host = address.host.substr(1, address.host.size() - 2);
  const std::string port = part_of(parsed.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT);
  std::from_chars(port.data(), port.data() + port.size(), address.port);
  if (!part_of(parsed.get(), CURLUPART_USER).empty() ||
      !part_of(parsed.get(), CURLUPART_PASSWORD).empty()) {
    throw Error(ErrorCode::config,
                "the URL holds a user or a password; remove it, messages are signed instead");
  }
  if (!part_of(parsed.get(), CURLUPART_FRAGMENT).empty()) {
    throw Error(ErrorCode::config, "the URL has a #fragment, which is never sent; remove it");
  }
  const bool plain_is_fine = loopback == Loopback::allowed && is_loopback(address.host);
  if (address.scheme != "https" && !(address.scheme == "http" && plain_is_fine)) {
    throw Error(ErrorCode::config,
                "the URL is not https://; http:// is for a loopback host only, where "
                "allow_loopback is true");
  }
  return address;
}

std::string complaint_about_addresses(const std::string& host,
                                      const std::vector<std::string>& addresses,
                                      Loopback loopback) {
  if (addresses.empty()) return host + " has no address";
  for (const std::string& address : addresses) {
    switch (kind_of_address(address)) {
      case AddressKind::public_unicast:
        break;
      case AddressKind::loopback:
        if (loopback == Loopback::allowed) break;
        return fmt::format("{} is {}, a loopback address; allow_loopback is not set", host,
                           without_controls(address));
      case AddressKind::reserved:
        return fmt::format("{} is {}, a private or reserved address, where no webhook is sent",
                           host, without_controls(address));
    }
  }
  return "";
}

SendOutcome outcome_of_status(long status) {
  if (status >= 200 && status <= 299) return SendOutcome::sent;
  return status == status_gone ? SendOutcome::rejected : SendOutcome::retry;
}

std::string describe_answer(long status, const std::string& location, const std::string& body) {
  if (status >= 300 && status <= 399) {
    return fmt::format("{}: redirects are not followed{}; configure the final URL", status,
                       location.empty() ? "" : " (the receiver names another one)");
  }
  if (status == status_gone) {
    return "410: the receiver wants no more messages; remove the webhook";
  }
  const std::string shown = without_controls(body.substr(0, reply_shown_bytes_max));
  return shown.empty() ? std::to_string(status) : fmt::format("{}: {}", status, shown);
}

}  // namespace costd
