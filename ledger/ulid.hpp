#pragma once
// Ids that sort by time and cannot be guessed: 48 bits of milliseconds, 80 random bits.

#include <string>
#include <string_view>

#include "ledger/time/instant.hpp"

namespace costd {

/// 26 characters of Crockford's base 32. Random bits come from the operating system.
std::string make_ulid(Instant now);
bool is_ulid(std::string_view text);

}  // namespace costd
