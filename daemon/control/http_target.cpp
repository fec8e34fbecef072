#include "daemon/control/http_target.hpp"

#include "ledger/error.hpp"

namespace costd {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// Forms of browsers write a blank as '+'.
enum class Plus { itself, blank };

std::string url_decode(std::string_view text, Plus plus) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    int byte = static_cast<unsigned char>(text[i]);
    if (text[i] == '%') {
      const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
      if (high < 0 || low < 0) {
        throw Error(ErrorCode::usage, "the address has a broken percent code; write % as %25");
      }
      byte = high * 16 + low;
      i += 2;
    } else if (byte == '+' && plus == Plus::blank) {
      byte = ' ';
    }
    if (byte < 0x20 || byte == 0x7f) {
      throw Error(ErrorCode::usage, "the address has a control character; remove it");
    }
    decoded.push_back(static_cast<char>(byte));
  }
  return decoded;
}

}  // namespace

HttpTarget parse_http_target(std::string_view target) {
  if (!target.starts_with('/')) {
    throw Error(ErrorCode::usage, "the address must be a path, such as /v1/admin/status");
  }
  const auto question = target.find('?');
  HttpTarget result;
  result.path = url_decode(target.substr(0, question), Plus::itself);
  if (question == std::string_view::npos) return result;
  const Plus plus = result.path.starts_with("/console") ? Plus::blank : Plus::itself;
  auto rest = target.substr(question + 1);
  while (!rest.empty()) {
    const auto pair = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
    if (pair.empty()) continue;
    const auto equals = std::min(pair.find('='), pair.size());
    const auto name = url_decode(pair.substr(0, equals), plus);
    const auto value = url_decode(pair.substr(std::min(equals + 1, pair.size())), plus);
    if (!result.query.emplace(name, value).second) {
      throw Error(ErrorCode::usage, "\"" + name + "\" is given twice; leave one");
    }
  }
  return result;
}

}  // namespace costd
