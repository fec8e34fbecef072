#pragma once
// The encodings of a mail: base64 and quoted-printable bodies, encoded words, file names.

#include <cstddef>
#include <string>
#include <string_view>

namespace costd {

/// Of ASCII.
inline bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/// Base64 in lines of 76 characters, each ended by CRLF (RFC 2045, 6.8). "" for no bytes.
std::string encode_base64_lines(std::string_view bytes);

/// Text of any line ends as quoted-printable: CRLF line ends, lines of at most 76 characters,
/// ending in CRLF (RFC 2045, 6.7).
std::string encode_quoted_printable(std::string_view text);

/// The value of an unstructured header (or a display name) whose line already holds
/// `columns_used` characters: as it is where it is short printable ASCII, else RFC 2047 words in
/// base64, folded so that no line exceeds 76 characters and no character is cut in two.
std::string encode_header_text(std::string_view text, std::size_t columns_used);

/// `filename="..."` where ascii_file_name changes nothing, else `filename*=UTF-8''...` (RFC 2231).
std::string file_name_parameter(std::string_view file_name);

/// The name with everything but letters, digits and "._- " replaced by '_': for mail readers that
/// know no RFC 2231 and take the name of the Content-Type.
std::string ascii_file_name(std::string_view file_name);

}  // namespace costd
