#pragma once
// Bytes as lower-case hex, and back.

#include <span>
#include <string>
#include <string_view>

namespace costd {

std::string to_hex(std::span<const unsigned char> bytes);
std::string to_hex(std::string_view bytes);

/// Nothing usable but "" for anything else than pairs of lower-case hex digits.
std::string from_hex(std::string_view hex);

}  // namespace costd
