#pragma once
// A line with the readable bytes behind it that the record readers ask for.

#include <string>

#include "jobs/ingest/record_reader.hpp"

namespace costd::test {

/// Owns the text; the line's view ends where garbage begins that must not be looked at.
class PaddedLine {
 public:
  explicit PaddedLine(const std::string& text)
      : text_(text + std::string(line_padding_bytes, '}')), length_(text.size()) {}
  Line line() const {
    Line line;
    line.text = std::string_view(text_).substr(0, length_);
    line.number = 1;
    return line;
  }

 private:
  std::string text_;
  std::size_t length_;
};

inline ParsedLine parse(RecordReader& reader, const std::string& text) {
  const PaddedLine padded(text);
  std::vector<ParsedLine> parsed;
  reader.parse(padded.line(), parsed);
  return parsed.at(0);
}

}  // namespace costd::test
