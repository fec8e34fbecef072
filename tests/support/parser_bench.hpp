#pragma once
// A chunk parser with a catalog of its own, and its records as everybody knows them.

#include <memory>
#include <string>
#include <vector>

#include "jobs/ingest/chunk_parser.hpp"
#include "tests/support/test_database.hpp"
#include "tests/support/text_stream.hpp"

namespace costd::test {

/// The gateway's JSON lines.
inline LineFormat native_format(const RecordRules& rules = {}) {
  LineFormat format;
  format.rules = rules;
  format.is_native = true;
  format.make_reader = [rules] { return make_json_reader(rules); };
  return format;
}

struct ParserBench : TestDatabase {
  SeriesCatalog catalog{database};
  ChunkParser parser{catalog};
  LineFormat format = native_format();

  ParsedChunk parse(Chunk chunk, ParsedChunk spent = {}) {
    parser.begin_file(format);
    return parser.parse(std::move(chunk), std::move(spent));
  }
  ParsedChunk parse(const std::string& text) { return parse(chunk_of(text)); }
  ParsedChunk parse(const std::vector<UsageRecord>& records) {
    std::string text;
    for (const UsageRecord& record : records) text += json_line(record);
    return parse(text);
  }

  UsageRecord record_at(const ParsedChunk& parsed, std::size_t row) const {
    const BlockRecord& block = parsed.records.at(row);
    UsageRecord record;
    record.record_id = id_text(block, parsed.texts);
    record.series = catalog.key_of(block.series);
    record.tokens = block.tokens;
    record.requests = block.requests;
    if (block.stated_band != 0) {
      record.stated_band = static_cast<ContextBand>(block.stated_band - 1);
    }
    record.origin = block.origin;
    record.at = block.at;
    record.tags = parsed.texts.labels.at(block.label).tags;
    record.credential_fingerprint = parsed.texts.labels.at(block.label).credential_fingerprint;
    return record;
  }
  std::vector<UsageRecord> records_of(const ParsedChunk& parsed) const {
    std::vector<UsageRecord> records;
    for (std::size_t row = 0; row < parsed.records.size(); ++row) {
      records.push_back(record_at(parsed, row));
    }
    return records;
  }
};

}  // namespace costd::test
