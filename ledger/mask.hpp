#pragma once
// How opaque key ids are shown to people.

#include <string>
#include <string_view>

namespace costd {

/// "key_6e41…7d56": the prefix up to the last '_' or '-' of its first 8 characters plus 4 more, an
/// ellipsis, the last 4. Counted in characters, not bytes; an id too short to gain is unchanged.
std::string mask_key(std::string_view api_key);

}  // namespace costd
