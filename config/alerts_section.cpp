#include <algorithm>

#include "config/sections.hpp"
#include "config/words.hpp"
#include "ledger/alert.hpp"

namespace costd {
namespace {

constexpr IntegerRange threshold_range{1, 1'000};
constexpr IntegerRange attempts_range{1, 1'000};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_loopback_name(const std::string& host) {
  return host == "localhost" || host == "[::1]" || host.starts_with("127.");
}

/// HOST of "HOST:PORT/PATH"; "" if it is none. An IPv6 address keeps its brackets.
std::string host_of(const std::string& rest) {
  const std::string authority = rest.substr(0, rest.find_first_of("/?"));
  const std::size_t bracket = authority.rfind(']');
  const std::size_t colon = authority.rfind(':');
  const bool has_port =
      colon != std::string::npos && (bracket == std::string::npos || bracket < colon);
  if (has_port) {
    const std::string port = authority.substr(colon + 1);
    if (port.empty() || port.size() > 5 || !std::ranges::all_of(port, is_digit)) return "";
    if (const int number = std::stoi(port); number < 1 || number > port_max) return "";
  }
  std::string host = authority.substr(0, has_port ? colon : authority.size());
  const bool is_plain = std::ranges::all_of(host, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) ||
           std::string_view(".-_:[]").find(c) != std::string_view::npos;
  });
  return is_plain ? host : "";
}

/// The value itself is never shown: the path of many a webhook is its password.
std::string read_webhook_url(const YamlValue& value, bool allow_loopback) {
  const std::string url = value.text();
  const bool is_plain_http = url.starts_with("http://");
  if (!url.starts_with("https://") && !is_plain_http) {
    value.fail("'url' is no https:// address; write https://HOST/PATH");
  }
  const std::string rest = url.substr(url.find("://") + 3);
  if (rest.substr(0, rest.find_first_of("/?")).find('@') != std::string::npos) {
    value.fail("'url' holds a user or password; remove it, messages are signed instead");
  }
  const std::string host = host_of(rest);
  if (host.empty() || url.find_first_of(" #\"<>\\") != std::string::npos) {
    value.fail("'url' names no host or has a #fragment or a blank; write https://HOST/PATH");
  }
  if (is_plain_http && !(allow_loopback && is_loopback_name(host))) {
    value.fail(
        "'url' is http://, which anybody on the way can read; write https://, or for a loopback "
        "host set allow_loopback: true");
  }
  return url;
}

std::vector<std::string> read_secret_files(const YamlValue& list) {
  std::vector<std::string> files;
  for (const YamlValue& file : list.items()) {
    if (std::ranges::find(files, file.path()) != files.end()) {
      file.fail_as_written("which is there already; remove one of the two");
    }
    files.push_back(file.path());
  }
  if (files.empty()) {
    list.fail("'secret_files' is empty; name a file with the secret that signs the messages");
  }
  return files;
}

WebhookSection read_webhook(const YamlValue& entry, bool allow_loopback, UniqueNames& names) {
  const YamlMap map = entry.map({"name", "url", "secret_files", "types", "ca_file"});
  WebhookSection webhook;
  const YamlValue name = map.get("name");
  names.add(name);
  webhook.name = name.text();
  webhook.url = read_webhook_url(map.get("url"), allow_loopback);
  webhook.secret_files = read_secret_files(map.get("secret_files"));
  if (const auto file = map.find("ca_file")) webhook.ca_file = file->path();
  if (const auto types = map.find("types")) {
    webhook.types = types->choices(Names(alert_types().begin(), alert_types().end()));
  }
  return webhook;
}

/// Per cent of a budget, rising.
std::vector<int> read_thresholds(const YamlValue& list) {
  std::vector<int> thresholds;
  for (const YamlValue& value : list.items()) {
    const int percent = static_cast<int>(value.integer(threshold_range));
    if (!thresholds.empty() && percent <= thresholds.back()) {
      value.fail_as_written("which does not rise; write each percentage once, smallest first");
    }
    thresholds.push_back(percent);
  }
  return thresholds;
}

}  // namespace

AlertSettings read_alerts(const YamlValue& block, bool has_mail) {
  const YamlMap map =
      block.map({"recipients", "webhooks", "thresholds", "attempts", "allow_loopback"});
  AlertSettings alerts;
  if (const auto recipients = map.find("recipients")) {
    for (const YamlValue& value : recipients->items()) {
      const std::string address = read_mail_address(value);
      if (std::ranges::find(alerts.recipients, address) != alerts.recipients.end()) {
        value.fail_as_written("which is there already; remove one of the two");
      }
      alerts.recipients.push_back(address);
    }
    if (!alerts.recipients.empty() && !has_mail) {
      recipients->fail("'recipients' get no mail, because there is no 'mail' block; add one");
    }
  }
  if (const auto allow = map.find("allow_loopback")) alerts.allow_loopback = allow->boolean();
  if (const auto webhooks = map.find("webhooks")) {
    UniqueNames names;
    for (const YamlValue& entry : webhooks->items()) {
      alerts.webhooks.push_back(read_webhook(entry, alerts.allow_loopback, names));
    }
  }
  if (const auto thresholds = map.find("thresholds")) {
    alerts.thresholds = read_thresholds(*thresholds);
  }
  if (const auto attempts = map.find("attempts")) {
    alerts.attempts = attempts->integer(attempts_range);
  }
  return alerts;
}

}  // namespace costd
