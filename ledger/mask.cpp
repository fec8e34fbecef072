#include "ledger/mask.hpp"

#include <vector>

namespace costd {
namespace {

constexpr std::size_t prefix_characters_max = 8;
constexpr std::size_t shown_at_each_end = 4;
constexpr std::string_view ellipsis = "…";

/// Byte offsets of the characters, and one past the last.
std::vector<std::size_t> character_starts(std::string_view text) {
  std::vector<std::size_t> starts;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool continues = (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U;
    if (!continues) starts.push_back(at);
  }
  starts.push_back(text.size());
  return starts;
}

}  // namespace

std::string mask_key(std::string_view api_key) {
  const std::vector<std::size_t> starts = character_starts(api_key);
  const std::size_t characters = starts.size() - 1;
  std::size_t prefix = 0;
  for (std::size_t n = 0; n < characters && n < prefix_characters_max; ++n) {
    const char first_byte = api_key[starts[n]];
    if (first_byte == '_' || first_byte == '-') prefix = n + 1;
  }
  const std::size_t head = prefix + shown_at_each_end;
  if (characters <= head + 1 + shown_at_each_end) return std::string(api_key);
  return std::string(api_key.substr(0, starts[head])) + std::string(ellipsis) +
         std::string(api_key.substr(starts[characters - shown_at_each_end]));
}

}  // namespace costd
