#pragma once
// A line with the readable bytes behind it that the record readers ask for.

#include <stdexcept>
#include <string>
#include <vector>

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

/// All that the text holds, which may be nothing.
inline std::vector<ParsedLine> parse_all(RecordReader& reader, const std::string& text) {
  const PaddedLine padded(text);
  std::vector<ParsedLine> parsed;
  reader.parse(padded.line(), parsed);
  return parsed;
}

inline ParsedLine parse(RecordReader& reader, const std::string& text) {
  return parse_all(reader, text).at(0);
}

/// The records of a text that must hold nothing but records.
inline std::vector<UsageRecord> records_of(RecordReader& reader, const std::string& text) {
  std::vector<UsageRecord> records;
  for (const ParsedLine& parsed : parse_all(reader, text)) {
    if (const auto* rejection = std::get_if<Rejection>(&parsed)) {
      throw std::runtime_error(rejection->reason + ": " + rejection->detail);
    }
    records.push_back(std::get<UsageRecord>(parsed));
  }
  return records;
}

/// The one rejection of a text that must hold nothing else.
inline Rejection rejection_of(RecordReader& reader, const std::string& text) {
  const auto parsed = parse_all(reader, text);
  if (parsed.size() != 1) throw std::runtime_error("not one result: " + text);
  return std::get<Rejection>(parsed[0]);
}

}  // namespace costd::test
