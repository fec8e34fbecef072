#pragma once
// The colours and letter sizes that all PDF reports share.

#include <array>

#include "reports/pdf_document.hpp"

namespace costd::theme {

inline constexpr Color ink = rgb(0x1E293B);
inline constexpr Color navy = rgb(0x0B1F3A);
inline constexpr Color muted = rgb(0x64748B);
inline constexpr Color pale = rgb(0xCBD5E1);  ///< text on navy
inline constexpr Color rule = rgb(0xE2E8F0);
inline constexpr Color stripe = rgb(0xF8FAFC);
inline constexpr Color white = rgb(0xFFFFFF);
inline constexpr Color teal = rgb(0x0F766E);
inline constexpr Color blue = rgb(0x2563EB);
inline constexpr Color amber = rgb(0xB45309);
inline constexpr Color amber_light = rgb(0xFEF3C7);
inline constexpr Color violet = rgb(0x7C3AED);
inline constexpr Color red = rgb(0xB91C1C);
inline constexpr Color red_light = rgb(0xFEE2E2);
inline constexpr Color green = rgb(0x15803D);

/// For the parts of a whole, largest first; the last one is for "other".
inline constexpr std::array series{rgb(0x0F766E), rgb(0x2563EB), rgb(0xD97706),
                                   rgb(0x7C3AED), rgb(0xDB2777), rgb(0x64748B)};

inline constexpr double margin = 48;
inline constexpr double content_width = page_width - 2 * margin;
inline constexpr double content_top = 72;  ///< below the running header
inline constexpr double content_bottom = page_height - 60;

inline constexpr TextStyle chapter_title{Face::bold, 14, navy};
inline constexpr TextStyle block_title{Face::bold, 10, navy};
inline constexpr TextStyle body{Face::regular, 8.5, ink};
inline constexpr TextStyle body_bold{Face::bold, 8.5, ink};
inline constexpr TextStyle note{Face::regular, 8, muted};
inline constexpr TextStyle small{Face::regular, 7, muted};

}  // namespace costd::theme
