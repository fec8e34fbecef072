#pragma once
// Text for a terminal: its width in columns, made safe and cut to fit.

#include <string>
#include <string_view>

namespace costd {

/// Columns a terminal gives the text: 2 for East Asian wide characters, 0 for combining ones.
std::size_t display_width(std::string_view text);

/// Control characters, text direction overrides and broken UTF-8 become U+FFFD, so that no data can
/// steer the terminal or write lines of its own.
std::string printable(std::string_view text);

/// At most `width` columns; what is too long loses its end to an ellipsis.
std::string fit(std::string_view text, std::size_t width);

}  // namespace costd
