#include "jobs/ingest/document_end.hpp"

namespace costd {

std::size_t document_end(std::string_view text) {
  std::size_t depth = 0;
  bool in_literal = false;
  std::size_t at = text.find_first_of("{[");
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (in_literal) {
      if (c == '\\') ++at;
      if (c == '"') in_literal = false;
    } else if (c == '"') {
      in_literal = true;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if ((c == '}' || c == ']') && --depth == 0) {
      return at + 1;
    }
  }
  return 0;
}

}  // namespace costd
