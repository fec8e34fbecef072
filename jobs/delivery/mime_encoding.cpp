#include "jobs/delivery/mime_encoding.hpp"

#include <openssl/evp.h>

#include <algorithm>

namespace costd {
namespace {

constexpr std::size_t line_columns_max = 76;
constexpr std::size_t bytes_per_base64_line = 57;  // 57 bytes are 76 characters
constexpr std::string_view word_begin = "=?UTF-8?B?";
constexpr std::string_view word_end = "?=";
constexpr std::size_t word_bytes_max = 45;  // 60 characters of base64 make a word of 72
constexpr std::size_t word_bytes_min = 6;   // room for any one character of UTF-8

std::string base64(std::string_view bytes) {
  std::string encoded((bytes.size() + 2) / 3 * 4 + 1, '\0');  // the library ends it with a NUL
  const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(encoded.data()),
                                     reinterpret_cast<const unsigned char*>(bytes.data()),
                                     static_cast<int>(bytes.size()));
  encoded.resize(static_cast<std::size_t>(length));
  return encoded;
}

bool is_continuation_byte(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

void append_hex(std::string& out, char mark, char c) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  const auto byte = static_cast<unsigned char>(c);
  out += mark;
  out += digits[byte >> 4];
  out += digits[byte & 15];
}

/// One line without its end, as quoted-printable with soft breaks.
void append_quoted_line(std::string& out, std::string_view line) {
  std::size_t columns = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    const bool last = i + 1 == line.size();
    const bool blank = c == ' ' || c == '\t';
    const bool plain = (c > ' ' && c <= '~' && c != '=') || (blank && !last);
    const std::size_t width = plain ? 1 : 3;
    // A soft break takes a column for its '='; the last character needs none.
    if (columns + width > line_columns_max - (last ? 0 : 1)) {
      out += "=\r\n";
      columns = 0;
    }
    if (plain) {
      out += c;
    } else {
      append_hex(out, '=', c);
    }
    columns += width;
  }
  out += "\r\n";
}

/// How many bytes of the text to take so that no character is cut; at least one.
std::size_t whole_characters(std::string_view text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return text.size();
  std::size_t cut = bytes_max;
  while (cut > 0 && is_continuation_byte(text[cut])) --cut;
  return cut > 0 ? cut : bytes_max;  // not UTF-8 then; the bytes still arrive
}

bool is_plain_value(std::string_view text) {
  const auto printable = [](char c) { return c >= ' ' && c <= '~'; };
  return std::all_of(text.begin(), text.end(), printable) &&
         (text.empty() || (text.front() != ' ' && text.back() != ' ')) &&
         text.find("=?") == std::string_view::npos;
}

}  // namespace

std::string encode_base64_lines(std::string_view bytes) {
  std::string lines;
  lines.reserve((bytes.size() / bytes_per_base64_line + 1) * (line_columns_max + 2));
  for (std::size_t at = 0; at < bytes.size(); at += bytes_per_base64_line) {
    lines += base64(bytes.substr(at, bytes_per_base64_line));
    lines += "\r\n";
  }
  return lines;
}

std::string encode_quoted_printable(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  while (!text.empty()) {
    const auto end = text.find_first_of("\r\n");
    append_quoted_line(out, text.substr(0, end));
    if (end == std::string_view::npos) break;
    const bool pair = text.substr(end, 2) == "\r\n";
    text.remove_prefix(end + (pair ? 2 : 1));
  }
  return out;
}

std::string encode_header_text(std::string_view text, std::size_t columns_used) {
  if (is_plain_value(text) && columns_used + text.size() <= line_columns_max) {
    return std::string(text);
  }
  const std::size_t frame = word_begin.size() + word_end.size();
  const std::size_t room =
      line_columns_max > columns_used + frame ? line_columns_max - columns_used - frame : 0;
  std::size_t bytes_max = std::clamp(room / 4 * 3, word_bytes_min, word_bytes_max);
  std::string words;
  while (!text.empty()) {
    const std::size_t count = whole_characters(text, bytes_max);
    if (!words.empty()) words += "\r\n ";
    words += std::string(word_begin) + base64(text.substr(0, count)) + std::string(word_end);
    text.remove_prefix(count);
    bytes_max = word_bytes_max;
  }
  return words;
}

std::string ascii_file_name(std::string_view file_name) {
  std::string ascii;
  for (const char c : file_name) {
    if (is_continuation_byte(c)) continue;  // one '_' a character, not a byte
    const bool kept = is_alphanumeric(c) || c == '.' || c == '_' || c == '-' || c == ' ';
    ascii += kept ? c : '_';
  }
  return ascii;
}

std::string file_name_parameter(std::string_view file_name) {
  const std::string ascii = ascii_file_name(file_name);
  if (ascii == file_name) return "filename=\"" + ascii + "\"";
  std::string extended = "filename*=UTF-8''";
  for (const char c : file_name) {
    if (is_alphanumeric(c) || c == '.' || c == '_' || c == '-') {
      extended += c;
    } else {
      append_hex(extended, '%', c);
    }
  }
  return extended;
}

}  // namespace costd
