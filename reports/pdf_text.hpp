#pragma once
// Text as a page can show it: code points, what cannot be shown replaced, UTF-8 on both sides.

#include <string>
#include <string_view>

namespace costd {

/// The code points of a line. Broken UTF-8, control characters, direction overrides, what is not a
/// character and what lies beyond the Basic Multilingual Plane become U+FFFD; tabs and line ends
/// become blanks.
std::u32string displayable(std::string_view utf8);

std::string to_utf8(std::u32string_view text);

/// A line may end before this character although no blank is there (CJK), or after it ('-', '/').
bool breaks_before(char32_t c);
bool breaks_after(char32_t c);

}  // namespace costd
