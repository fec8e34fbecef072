#include "ledger/chain_findings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "ledger/error.hpp"

namespace costd {
namespace {

constexpr std::array<bool, 256> is_hex_digit = [] {
  std::array<bool, 256> table{};
  for (const char c : std::string_view("0123456789abcdef")) {
    table.at(static_cast<unsigned char>(c)) = true;
  }
  return table;
}();

}  // namespace

std::string_view name_of(ChainFault fault) {
  constexpr std::array<std::string_view, 14> names{
      "CONTENT", "LINK",           "MISSING",  "REORDERED", "DUPLICATE", "INSERTED", "SIGNATURE",
      "SEQ_GAP", "TIME_BACKWARDS", "TAIL_CUT", "TORN_LINE", "FORK",      "FOREIGN",  "UNREADABLE"};
  return names.at(static_cast<std::size_t>(fault));
}

std::string_view name_of(ChainReport::Result result) {
  constexpr std::array<std::string_view, 3> names{"PASS", "FAIL", "INCOMPLETE"};
  return names.at(static_cast<std::size_t>(result));
}

std::optional<ChainHash> parse_chain_hash(std::string_view hex) {
  ChainHash hash;
  if (hex.size() != hash.size()) return std::nullopt;
  unsigned others = 0;
  for (const char c : hex) others |= is_hex_digit[static_cast<unsigned char>(c)] ? 0U : 1U;
  if (others != 0) return std::nullopt;
  std::ranges::copy(hex, hash.begin());
  return hash;
}

ChainAnchor parse_chain_anchor(const std::string& text) {
  const std::size_t colon = text.find(':');
  ChainAnchor anchor;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + std::min(colon, text.size()), anchor.count);
  if (colon == std::string::npos || error != std::errc() || end != text.data() + colon ||
      anchor.count < 1 || !parse_chain_hash(std::string_view(text).substr(colon + 1))) {
    throw Error(ErrorCode::usage, "anchor \"" + text +
                                      "\" is none; write the count of events and the head as a "
                                      "report shows them, like 9480:cde64922...");
  }
  anchor.head = text.substr(colon + 1);
  return anchor;
}

}  // namespace costd
