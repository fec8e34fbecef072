#include "ledger/gateway_event.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>

namespace costd {
namespace {

/// Reads a line from its front; each step fails by leaving `why`.
class LineReader {
 public:
  LineReader(std::string_view line, std::string& why) : line_(line), why_(why) {}

  std::optional<GatewayEvent> read() {
    GatewayEvent event;
    if (!take('{', "it does not begin with a brace")) return std::nullopt;
    do {
      if (!read_member(event)) return std::nullopt;
    } while (take_if(','));
    if (!take('}', "its object does not end")) return std::nullopt;
    if (at_ != line_.size()) return fail("text stands behind its object");
    if ((seen_ & all_required) != all_required) return fail("a member is missing");
    const unsigned fleet = seen_ & all_fleet;
    if (fleet != 0 && fleet != all_fleet) return fail("it is half of the fleet's form");
    if (fleet != 0) event.fleet = fleet_;
    return event;
  }

 private:
  enum Member : unsigned {
    seq = 1,
    event_id = 2,
    timestamp = 4,
    workspace_id = 8,
    event_type = 16,
    payload = 32,
    previous_hash = 64,
    hmac = 128,
    signed_at = 256,
    pod_instance_id = 512,
    chain_epoch = 1024,
    chain_sequence = 2048
  };
  static constexpr unsigned all_required = 511;
  static constexpr unsigned all_fleet = pod_instance_id | chain_epoch | chain_sequence;

  std::nullopt_t fail(const char* why) {
    why_ = why;
    return std::nullopt;
  }
  bool take_if(char c) {
    if (at_ >= line_.size() || line_[at_] != c) return false;
    ++at_;
    return true;
  }
  bool take(char c, const char* otherwise) {
    if (take_if(c)) return true;
    why_ = otherwise;
    return false;
  }

  bool read_member(GatewayEvent& event) {
    std::string_view name;
    if (!read_text(name) || !take(':', "a member has no value")) return false;
    const unsigned member = member_of(name);
    if (member == 0) {
      why_ = fmt::format("the gateway writes no member \"{}\"", name);
      return false;
    }
    if ((seen_ & member) != 0) {
      why_ = fmt::format("\"{}\" stands there twice", name);
      return false;
    }
    seen_ |= member;
    return read_value(event, static_cast<Member>(member));
  }

  static unsigned member_of(std::string_view name) {
    constexpr std::array<std::string_view, 12> names{
        "seq",          "eventId", "timestamp", "workspaceId",   "eventType",  "payload",
        "previousHash", "hmac",    "signedAt",  "podInstanceId", "chainEpoch", "chainSequence"};
    for (std::size_t n = 0; n < names.size(); ++n) {
      if (names[n] == name) return 1U << n;
    }
    return 0;
  }

  bool read_value(GatewayEvent& event, Member member) {
    switch (member) {
      case seq:
        return read_number(event.seq);
      case event_id:
        return read_text(event.event_id);
      case timestamp:
        return read_text(event.timestamp);
      case workspace_id:
        return read_text_or_null(event.workspace_id);
      case event_type:
        return read_text(event.event_type);
      case payload:
        return read_object(event.payload);
      case previous_hash:
        return read_text_or_null(event.previous_hash);
      case hmac:
        return read_text(event.hmac);
      case signed_at:
        return read_text(event.signed_at);
      case pod_instance_id:
        return read_text(fleet_.pod_instance_id);
      case chain_epoch:
        return read_number(fleet_.chain_epoch);
      case chain_sequence:
        return read_number(fleet_.chain_sequence);
    }
    return false;
  }

  bool read_text(std::string_view& text) {
    if (!take('"', "a text does not begin with a quote")) return false;
    const std::size_t begin = at_;
    if (!skip_text()) return false;
    text = line_.substr(begin, at_ - 1 - begin);
    return true;
  }
  /// To behind the closing quote.
  bool skip_text() {
    while (at_ < line_.size()) {
      const std::size_t quote = line_.find('"', at_);
      if (quote == std::string_view::npos) break;
      const std::size_t escape = line_.substr(0, quote).find('\\', at_);
      at_ = escape == std::string_view::npos ? quote + 1 : escape + 2;
      if (escape == std::string_view::npos) return true;
    }
    why_ = "a text does not end";
    return false;
  }
  bool read_text_or_null(std::optional<std::string_view>& text) {
    if (line_.substr(at_).starts_with("null")) {
      at_ += 4;
      return true;
    }
    text.emplace();
    return read_text(*text);
  }
  bool read_number(std::int64_t& number) {
    const char* begin = line_.data() + at_;
    const auto [end, error] = std::from_chars(begin, line_.data() + line_.size(), number);
    const bool is_padded = end - begin > 1 && *begin == '0';
    if (error != std::errc() || number < 0 || is_padded) {
      why_ = "a number is none";
      return false;
    }
    at_ += static_cast<std::size_t>(end - begin);
    return true;
  }
  /// What stands between the braces is not looked at: the signature is over its bytes.
  bool read_object(std::string_view& object) {
    const std::size_t begin = at_;
    if (!take('{', "its payload is no object")) return false;
    std::size_t depth = 1;
    while (depth > 0 && at_ < line_.size()) {
      const char c = line_[at_++];
      if (c == '"') {
        if (!skip_text()) return false;
      } else if (c == '{') {
        ++depth;
      } else if (c == '}') {
        --depth;
      }
    }
    if (depth > 0) {
      why_ = "its payload does not end";
      return false;
    }
    object = line_.substr(begin, at_ - begin);
    return true;
  }

  std::string_view line_;
  std::string& why_;
  std::size_t at_ = 0;
  unsigned seen_ = 0;
  GatewayEvent::Fleet fleet_{};
};

void append_utf8(std::string& text, std::uint32_t code) {
  const auto byte = [&](std::uint32_t value) { text += static_cast<char>(value); };
  if (code < 0x80) {
    byte(code);
  } else if (code < 0x800) {
    byte(0xC0 | (code >> 6));
    byte(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    byte(0xE0 | (code >> 12));
    byte(0x80 | ((code >> 6) & 0x3F));
    byte(0x80 | (code & 0x3F));
  } else {
    byte(0xF0 | (code >> 18));
    byte(0x80 | ((code >> 12) & 0x3F));
    byte(0x80 | ((code >> 6) & 0x3F));
    byte(0x80 | (code & 0x3F));
  }
}

std::optional<std::uint32_t> read_code_unit(std::string_view text, std::size_t at) {
  if (at + 4 > text.size()) return std::nullopt;
  std::uint32_t unit = 0;
  const char* begin = text.data() + at;
  const auto [end, error] = std::from_chars(begin, begin + 4, unit, 16);
  if (error != std::errc() || end != begin + 4) return std::nullopt;
  return unit;
}

/// Of "\uXXXX" at `at`, which goes behind it; two of them where they are one character.
std::optional<std::uint32_t> read_escaped_code(std::string_view text, std::size_t& at) {
  const auto first = read_code_unit(text, at);
  if (!first) return std::nullopt;
  at += 4;
  if (*first < 0xD800 || *first > 0xDFFF) return first;
  if (*first > 0xDBFF || text.substr(at, 2) != "\\u") return std::nullopt;
  const auto second = read_code_unit(text, at + 2);
  if (!second || *second < 0xDC00 || *second > 0xDFFF) return std::nullopt;
  at += 6;
  return 0x10000 + ((*first - 0xD800) << 10) + (*second - 0xDC00);
}

}  // namespace

std::optional<GatewayEvent> read_gateway_event(std::string_view line, std::string& why) {
  return LineReader(line, why).read();
}

std::optional<std::string> unescape_json(std::string_view text) {
  std::string plain;
  plain.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at++];
    if (c != '\\') {
      plain += c;
      continue;
    }
    if (at == text.size()) return std::nullopt;
    constexpr std::string_view names = "\"\\/bfnrt";
    constexpr std::string_view values = "\"\\/\b\f\n\r\t";
    const char name = text[at++];
    if (const std::size_t which = names.find(name); which != std::string_view::npos) {
      plain += values[which];
      continue;
    }
    if (name != 'u') return std::nullopt;
    const auto code = read_escaped_code(text, at);
    if (!code) return std::nullopt;
    append_utf8(plain, *code);
  }
  return plain;
}

void append_signed_text(std::string& text, const GatewayEvent& event, std::string_view before) {
  const auto add = [&](std::string_view escaped) {
    if (escaped.find('\\') == std::string_view::npos) {
      text += escaped;
    } else {
      text += unescape_json(escaped).value_or(std::string(escaped));
    }
    text += '|';
  };
  add(event.event_id);
  add(event.timestamp);
  add(event.workspace_id.value_or(""));
  add(event.event_type);
  text += event.payload;
  text += '|';
  text += before;
  if (!event.fleet) return;
  text += '|';
  add(event.fleet->pod_instance_id);
  text += fmt::format("{}|{}", event.fleet->chain_epoch, event.fleet->chain_sequence);
}

}  // namespace costd
