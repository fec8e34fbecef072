#pragma once
// Cuts a stream of JSON documents, each of which may stand on many lines.

#include <cstddef>
#include <string_view>

namespace costd {

/// Where the first JSON object or array in the text ends: the offset behind its last brace; 0 if
/// the text ends before. What stands before its first brace belongs to the document, so that no
/// byte of a stream is in none. Braces in text literals do not count; whether the document is
/// well-formed is for the parser to say.
std::size_t document_end(std::string_view text);

}  // namespace costd
