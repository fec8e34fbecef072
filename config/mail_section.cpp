#include <algorithm>

#include "config/sections.hpp"

namespace costd {
namespace {

/// The value itself is not shown where it may hold a password.
std::string read_smtp_url(const YamlValue& value) {
  std::string url = value.text();
  constexpr std::string_view separator = "://";
  const std::size_t end = url.find(separator);
  const std::string scheme = url.substr(0, end == std::string::npos ? 0 : end);
  if (scheme != "smtp" && scheme != "smtps") {
    value.fail("'smtp' is no mail server; write smtp://HOST:PORT or smtps://HOST:PORT");
  }
  const std::string host = url.substr(end + separator.size());
  if (host.find('@') != std::string::npos) {
    value.fail("'smtp' holds a user or password; write them as user and password_file");
  }
  const bool is_plain = std::all_of(host.begin(), host.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view(".-_:[]/").find(c) != std::string_view::npos;
  });
  if (host.empty() || host.front() == ':' || host.front() == '/' || !is_plain) {
    value.fail_as_written("which names no server; write smtp://HOST:PORT or smtps://HOST:PORT");
  }
  return url;
}

void check_transport(const YamlMap& mail) {
  const std::optional<YamlValue> smtp = mail.find("smtp");
  const std::optional<YamlValue> maildir = mail.find("maildir");
  if (smtp && maildir) maildir->fail("'mail' has smtp and maildir; remove one of the two");
  if (!smtp && !maildir) {
    mail.self().fail(
        "'mail' has neither smtp nor maildir; add smtp: smtp://HOST:PORT, or "
        "maildir: FOLDER");
  }
  for (const char* key : {"user", "password_file", "ca_file", "on_ambiguous"}) {
    const std::optional<YamlValue> value = mail.find(key);
    if (value && maildir) value->fail(value->name() + " goes with smtp; remove it");
  }
  const std::optional<YamlValue> user = mail.find("user");
  const std::optional<YamlValue> password_file = mail.find("password_file");
  if (user && !password_file) {
    user->fail("'user' has no password; add password_file: FILE");
  }
  if (password_file && !user) {
    password_file->fail("'password_file' has no user; add user: NAME");
  }
}

}  // namespace

MailSettings read_mail(const YamlValue& block) {
  const YamlMap mail = block.map(
      {"smtp", "maildir", "from", "user", "password_file", "ca_file", "attach", "on_ambiguous"});
  check_transport(mail);
  MailSettings settings;
  if (const auto smtp = mail.find("smtp")) settings.smtp = read_smtp_url(*smtp);
  if (const auto maildir = mail.find("maildir")) settings.maildir = maildir->path();
  settings.from = read_mail_address(mail.get("from"));
  settings.user = mail.text_or("user", "");
  if (const auto file = mail.find("password_file")) settings.password_file = file->path();
  if (const auto file = mail.find("ca_file")) settings.ca_file = file->path();
  settings.on_ambiguous = mail.choice_or("on_ambiguous", {"resend", "hold"}, "resend");
  if (const auto attach = mail.find("attach")) {
    settings.attach = attach->choices({"pdf", "csv", "xlsx"});
  }
  return settings;
}

}  // namespace costd
