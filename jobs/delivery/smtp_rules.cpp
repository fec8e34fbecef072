#include "jobs/delivery/smtp_rules.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "jobs/delivery/mailbox.hpp"
#include "ledger/error.hpp"

namespace costd {
namespace {

constexpr std::size_t reply_bytes_max = 1000;
constexpr int code_quit = 221;
constexpr int code_start_mail = 354;

using Url = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>;

std::string part_of(const Url& url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url.get(), part, &text, 0) != CURLUE_OK) return "";
  const std::string value = text;
  curl_free(text);
  return value;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_refusal_for_good(int code) {
  return code >= 500 && code <= 599;
}

/// "5.3.4" of "552 5.3.4 too big" or "552-5.3.4 too big"; "" = the reply has no enhanced code.
std::string_view enhanced_code(std::string_view reply) {
  if (reply.size() < 5) return "";
  const std::string_view rest = reply.substr(4);
  const std::string_view word = rest.substr(0, rest.find(' '));
  const bool is_code = word.size() >= 5 && is_digit(word[0]) && word[1] == '.' &&
                       word.find_first_not_of("0123456789.") == std::string_view::npos &&
                       is_digit(word.back()) && std::count(word.begin(), word.end(), '.') == 2;
  return is_code ? word : "";
}

SendOutcome refusal(int code, std::string_view reply) {
  if (!is_refusal_for_good(code)) return SendOutcome::retry;
  return is_too_large(code, reply) ? SendOutcome::too_large : SendOutcome::rejected;
}

/// libcurl ended because of what the server said, so that its last reply is the reason. After any
/// other end (a timeout, a lost connection) an earlier 5xx may be one that was got over.
bool ended_by_a_reply(CURLcode result) {
  return result == CURLE_SEND_ERROR || result == CURLE_LOGIN_DENIED ||
         result == CURLE_WEIRD_SERVER_REPLY || result == CURLE_REMOTE_ACCESS_DENIED;
}

}  // namespace

bool is_loopback(const std::string& host) {
  std::string name = host;
  for (char& c : name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  if (name.size() > 2 && name.front() == '[' && name.back() == ']') {
    name = name.substr(1, name.size() - 2);
  }
  if (name == "localhost") return true;
  std::array<unsigned char, 16> address{};
  if (inet_pton(AF_INET, name.c_str(), address.data()) == 1) return address[0] == 127;
  if (inet_pton(AF_INET6, name.c_str(), address.data()) != 1) return false;
  std::array<unsigned char, 16> loopback{};
  loopback.back() = 1;
  return address == loopback;
}

Encryption encryption_for(const SmtpSettings& settings) {
  const Url url(curl_url(), curl_url_cleanup);
  const bool parsed = url && curl_url_set(url.get(), CURLUPART_URL, settings.url.c_str(),
                                          CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK;
  const std::string scheme = parsed ? part_of(url, CURLUPART_SCHEME) : "";
  const std::string host = parsed ? part_of(url, CURLUPART_HOST) : "";
  if (!part_of(url, CURLUPART_USER).empty() || !part_of(url, CURLUPART_PASSWORD).empty()) {
    throw Error(ErrorCode::config,
                "mail.smtp: the URL holds a user or password; name them apart (user, "
                "password_file) so that they are never shown");
  }
  if ((scheme != "smtp" && scheme != "smtps") || host.empty()) {
    throw Error(ErrorCode::config,
                "mail.smtp: not a server; write smtp://host:port or smtps://host:port");
  }
  if (scheme == "smtps") return Encryption::from_start;
  if (!is_loopback(host)) return Encryption::required;
  const bool tls_is_meant = !settings.user.empty() || !settings.ca_file.empty();
  return tls_is_meant ? Encryption::opportunistic : Encryption::none;
}

void SmtpReplies::take_line(std::string_view line) {
  while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) line.remove_suffix(1);
  const bool coded =
      line.size() >= 3 && is_digit(line[0]) && is_digit(line[1]) && is_digit(line[2]);
  if (!coded) return;
  if (!pending_.empty() && pending_.size() < reply_bytes_max) pending_ += ' ';
  pending_ += line.substr(0, reply_bytes_max - pending_.size());
  if (line.size() > 3 && line[3] == '-') return;
  const int code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
  const std::string whole = without_controls(std::exchange(pending_, ""));
  if (code == code_quit) return;
  if (last_code_ == code_start_mail) code_after_data_ = code;
  last_code_ = code;
  last_text_ = whole;
}

bool is_too_large(int code, std::string_view reply) {
  constexpr int code_no_storage = 552;
  constexpr int code_size_limit = 523;
  if (!is_refusal_for_good(code)) return false;
  const std::string_view detail = enhanced_code(reply);
  if (detail == "5.3.4" || detail == "5.2.3") return true;
  const bool says_no_more = detail.empty() || detail == "5.0.0";
  return says_no_more && (code == code_no_storage || code == code_size_limit);
}

SendOutcome outcome_of(CURLcode result, const SmtpReplies& replies, Handover handover) {
  if (result == CURLE_OK) return SendOutcome::sent;
  const int answer = replies.code_after_data();
  if (answer >= 200 && answer <= 299) return SendOutcome::sent;
  if (answer != 0) return refusal(answer, replies.last_text());
  if (ended_by_a_reply(result)) return refusal(replies.last_code(), replies.last_text());
  return handover == Handover::whole ? SendOutcome::ambiguous : SendOutcome::retry;
}

}  // namespace costd
