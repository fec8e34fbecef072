#pragma once
// Logs as the gateway writes them, and what a verification of their lines found.

#include <fmt/format.h>

#include <string>
#include <vector>

#include "ledger/gateway_chain.hpp"

namespace costd::test {

inline constexpr const char* secret = "0123456789abcdef0123456789abcdef";

using Lines = std::vector<std::string>;

inline std::string hmac_of(const std::string& text, const std::string& key = secret) {
  const auto hex = HmacSha256(key).of(text);
  return {hex.data(), hex.size()};
}

/// Writes a log as the gateway does.
struct LogWriter {
  std::string key = secret;
  std::string previous{};
  std::int64_t seq = 0;

  std::string line(const std::string& id, const std::string& timestamp,
                   const std::string& payload = R"({"status":200})") {
    return event(id, timestamp, "acme", "GATEWAY_RESPONSE", payload);
  }
  /// The workspace "" is the platform.
  std::string event(const std::string& id, const std::string& timestamp,
                    const std::string& workspace, const std::string& type,
                    const std::string& payload) {
    const std::string hmac = hmac_of(
        fmt::format("{}|{}|{}|{}|{}|{}", id, timestamp, workspace, type, payload, previous), key);
    std::string text =
        fmt::format(R"({{"seq":{},"eventId":"{}","timestamp":"{}","workspaceId":{},)"
                    R"("eventType":"{}","payload":{},"previousHash":{},"hmac":"{}",)"
                    R"("signedAt":"{}"}})",
                    ++seq, id, timestamp, workspace.empty() ? "null" : '"' + workspace + '"', type,
                    payload, previous.empty() ? "null" : '"' + previous + '"', hmac, timestamp);
    previous = hmac;
    return text;
  }
  /// Event n is n seconds after midnight of 1 October.
  std::string numbered(int n) {
    const std::string timestamp =
        fmt::format("2026-10-01T{:02}:{:02}:{:02}.000125Z", n / 3600, n / 60 % 60, n % 60);
    return line(fmt::format("event-{}", n), timestamp,
                fmt::format(R"({{"api_key":"key_{}","model":"m","status":200}})", n % 7));
  }
};

inline Lines a_log(int events) {
  LogWriter writer;
  Lines lines;
  for (int n = 1; n <= events; ++n) lines.push_back(writer.numbered(n));
  return lines;
}

inline ChainReport verify(const Lines& lines, const std::string& anchor = "",
                          const std::string& key = secret) {
  GatewayChain chain(key);
  for (const std::string& line : lines) chain.add(line);
  return chain.judge(anchor.empty() ? std::nullopt : std::optional(parse_chain_anchor(anchor)))
      .begin()
      ->second;
}

/// "4 MISSING; 7 CONTENT".
inline std::string short_text(const ChainReport& report) {
  std::string text;
  for (const ChainFinding& finding : report.findings) {
    text += fmt::format("{}{} {}", text.empty() ? "" : "; ", finding.line, name_of(finding.fault));
  }
  return text;
}

inline std::string head_of(const std::string& line) {
  std::string why;
  return std::string(read_gateway_event(line, why).value().hmac);
}

}  // namespace costd::test
