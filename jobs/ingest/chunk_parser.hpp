#pragma once
// Turns chunks into records. One parser a thread; it remembers what lines had in common.

#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "jobs/ingest/chunk.hpp"
#include "jobs/ingest/chunk_reader.hpp"
#include "jobs/ingest/native_layout.hpp"
#include "jobs/ingest/record_reader.hpp"
#include "jobs/ingest/series_catalog.hpp"

namespace costd {

/// How the lines of a file are to be read.
struct LineFormat {
  RecordRules rules;
  bool is_native = false;  ///< the gateway's JSON lines, for which there is a fast way
  Framing framing = Framing::lines;
  std::function<std::unique_ptr<RecordReader>()> make_reader;
};

/// A table of texts by their hash; the caller compares the texts.
class TextTable {
 public:
  TextTable() : slots_(64) {}
  static constexpr std::uint32_t none = 0xffff'ffff;
  /// The number noted under the hash for which `is_it` holds; none if there is none.
  template <typename IsIt>
  std::uint32_t find(std::uint64_t hash, IsIt is_it) const {
    for (std::size_t at = hash & (slots_.size() - 1);; at = (at + 1) & (slots_.size() - 1)) {
      const Slot& slot = slots_[at];
      if (slot.number == none) return none;
      if (slot.hash == hash && is_it(slot.number)) return slot.number;
    }
  }
  void add(std::uint64_t hash, std::uint32_t number);
  void clear();

 private:
  struct Slot {
    std::uint64_t hash = 0;
    std::uint32_t number = none;
  };
  std::vector<Slot> slots_;
  std::size_t used_ = 0;
};

class ChunkParser {
 public:
  explicit ChunkParser(SeriesCatalog& catalog) : catalog_(catalog) {}

  /// Says how the chunks that follow are to be read. `format` outlives them.
  void begin_file(const LineFormat& format);
  /// Reads all lines of the chunk. A record without an id gets an empty text as its id.
  /// `spent` is one whose vectors may be used again.
  ParsedChunk parse(Chunk chunk, ParsedChunk spent = {});

 private:
  /// A series by the text of its lines (NativeLayout::series_text), which has passed all checks.
  struct KnownSeries {
    std::uint32_t begin = 0;  ///< in known_texts_
    std::uint32_t size = 0;
    std::uint32_t series = 0;
    std::uint32_t label = 0;  ///< of its last line,
    std::uint64_t chunk = 0;  ///< in that chunk
  };

  void parse_lines();
  const char* parse_fast(const char* at);
  void parse_slowly(const LinePlace& place);
  void learn(std::string_view line);
  bool take_fields(const LinePlace& place, std::string_view series_text);
  void take_record(const UsageRecord& record, const LinePlace& place);
  void reject(const LinePlace& place, Rejection rejection);
  std::uint32_t find_series(std::string_view text, std::uint64_t hash) const;
  void note_series(std::string_view text, const SeriesKey& key);
  std::uint32_t series_number(const SeriesKey& key);
  std::uint32_t label_number(std::string_view tags, std::string_view fingerprint);
  std::uint32_t label_of(KnownSeries& series, std::string_view fingerprint);
  bool read_time(std::string_view text, Instant& at);
  void resolve_series();

  SeriesCatalog& catalog_;
  const LineFormat* format_ = nullptr;
  std::unique_ptr<RecordReader> reader_;
  std::vector<ParsedLine> parsed_lines_;

  std::vector<NativeLayout> layouts_;  ///< the last one used first
  UsageFields fields_;
  std::array<char, 10> date_text_{};  ///< the date of the last timestamp
  std::uint64_t date_word_ = 0;       ///< its first eight bytes
  Instant date_;                      ///< its midnight

  TextTable known_table_;
  std::vector<KnownSeries> known_;
  std::string known_texts_;
  std::unordered_map<SeriesKey, std::uint32_t, SeriesKeyHash> numbers_;
  std::vector<SeriesId> ids_;        ///< by number; 0 = not asked for yet
  std::vector<SeriesKey> new_keys_;  ///< of the last numbers
  TextTable label_table_;
  std::uint64_t chunks_ = 0;  ///< begun
  ParsedChunk parsed_;
};

}  // namespace costd
