#include "jobs/ingest/chunk_parser.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <cstring>

#include "jobs/ingest/document_end.hpp"
#include "ledger/store/fast_hash.hpp"

namespace costd {
namespace {

constexpr std::size_t layouts_max = 4;
constexpr std::size_t text_bytes_max = 512;

std::uint64_t load_word(const char* at) {
  std::uint64_t word = 0;
  std::memcpy(&word, at, sizeof(word));
  return word;
}

std::uint64_t hash_of(std::string_view text, std::uint64_t seed = 0) {
  return XXH3_64bits_withSeed(text.data(), text.size(), seed);
}

bool is_count(std::int64_t count) {
  return 0 <= count && count <= tokens_per_record_max;
}

/// Two digits at `at`, or a number above 99.
unsigned two_digits(const char* at) {
  const unsigned high = static_cast<unsigned char>(at[0]) - unsigned{'0'};
  const unsigned low = static_cast<unsigned char>(at[1]) - unsigned{'0'};
  return high <= 9 && low <= 9 ? high * 10 + low : 1000;
}

}  // namespace

void TextTable::add(std::uint64_t hash, std::uint32_t number) {
  if (++used_ * 2 > slots_.size()) {
    std::vector<Slot> old(slots_.size() * 2);
    old.swap(slots_);
    used_ = 1;
    for (const Slot& slot : old) {
      if (slot.number != none) add(slot.hash, slot.number);
    }
  }
  std::size_t at = hash & (slots_.size() - 1);
  while (slots_[at].number != none) at = (at + 1) & (slots_.size() - 1);
  slots_[at] = {hash, number};
}

void TextTable::clear() {
  std::ranges::fill(slots_, Slot{});
  used_ = 0;
}

void ChunkParser::begin_file(const LineFormat& format) {
  if (format_ == &format) return;
  format_ = &format;
  reader_ = format.make_reader();
}

ParsedChunk ChunkParser::parse(Chunk chunk, ParsedChunk spent) {
  parsed_ = std::move(spent);
  parsed_.clear();
  parsed_.chunk = std::move(chunk);
  label_table_.clear();
  ++chunks_;
  if (parsed_.chunk.cut_line) {
    parsed_.lines = 1;
    reject({1, 0, static_cast<std::uint32_t>(parsed_.chunk.text().size())},
           {"line_too_long", fmt::format("the line has more than {} bytes", spool_line_bytes_max),
            "", "", std::nullopt});
  } else {
    parse_lines();
  }
  resolve_series();
  return std::move(parsed_);
}

void ChunkParser::parse_lines() {
  const std::string_view text = parsed_.chunk.text();
  const bool fast = format_->is_native && simdjson::validate_utf8(text.data(), text.size());
  const char* const end = text.data() + text.size();
  for (const char* at = text.data(); at < end;) {
    ++parsed_.lines;
    if (fast) {
      if (const char* const next = parse_fast(at)) {
        at = next;
        continue;
      }
    }
    const auto rest = static_cast<std::size_t>(end - at);
    const char* next = end;
    if (format_->framing == Framing::documents) {
      const std::size_t length = document_end({at, rest});
      next = length == 0 ? end : at + length;
    } else if (const void* found = std::memchr(at, '\n', rest)) {
      next = static_cast<const char*>(found) + 1;
    }
    std::string_view line(at, static_cast<std::size_t>(next - at));
    if (line.ends_with('\n')) line.remove_suffix(1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    parse_slowly({parsed_.lines, static_cast<std::uint32_t>(at - text.data()),
                  static_cast<std::uint32_t>(line.size())});
    at = next;
  }
}

/// The place behind the line, if it has a known layout and nothing in it asks for a second look.
const char* ChunkParser::parse_fast(const char* at) {
  const char* const begin = parsed_.chunk.bytes.data();
  for (std::size_t n = 0; n < layouts_.size(); ++n) {
    if (n > 0) fields_.clear();
    const char* const next = layouts_[n].read(at, fields_);
    if (next == nullptr) continue;
    const auto used = layouts_.begin() + static_cast<std::ptrdiff_t>(n);
    std::rotate(layouts_.begin(), used, used + 1);
    std::size_t length = static_cast<std::size_t>(next - at) - 1;
    if (at[length - 1] == '\r') --length;
    if (length > spool_line_bytes_max) return nullptr;
    const LinePlace place{parsed_.lines, static_cast<std::uint32_t>(at - begin),
                          static_cast<std::uint32_t>(length)};
    const std::string_view series_text = layouts_.front().series_text(fields_);
    if (take_fields(place, series_text)) return next;
    // The fields are right but not sure to be a record: the careful way judges them.
    ParsedLine parsed = build_record(fields_, format_->rules);
    if (auto* rejection = std::get_if<Rejection>(&parsed)) {
      reject(place, std::move(*rejection));
      return next;
    }
    const auto& record = std::get<UsageRecord>(parsed);
    take_record(record, place);
    note_series(series_text, record.series);
    return next;
  }
  if (!layouts_.empty()) fields_.clear();
  return nullptr;
}

void ChunkParser::parse_slowly(const LinePlace& place) {
  const std::string_view text = parsed_.chunk.text().substr(place.begin, place.length);
  if (is_blank(text)) return;
  if (text.size() >
      (format_->framing == Framing::documents ? document_bytes_max : spool_line_bytes_max)) {
    return reject(place, {"line_too_long",
                          fmt::format("the line has more than {} bytes", spool_line_bytes_max), "",
                          "", std::nullopt});
  }
  parsed_lines_.clear();
  reader_->parse({text, place.number, parsed_.chunk.offset + place.begin}, parsed_lines_);
  for (ParsedLine& line : parsed_lines_) {
    if (auto* rejection = std::get_if<Rejection>(&line)) {
      reject(place, std::move(*rejection));
    } else {
      take_record(std::get<UsageRecord>(line), place);
      if (format_->is_native) learn(text);
    }
  }
}

void ChunkParser::learn(std::string_view line) {
  auto layout = NativeLayout::of(line);
  if (!layout) return;
  if (layouts_.size() == layouts_max) layouts_.pop_back();
  layouts_.insert(layouts_.begin(), std::move(*layout));
  fields_.clear();
}

/// Takes the fields as a record if all of build_record's checks are sure to pass; a series is
/// checked when it is first met.
bool ChunkParser::take_fields(const LinePlace& place, std::string_view series_text) {
  const UsageFields& fields = fields_;
  if (!fields.input_tokens || !fields.output_tokens || !is_count(*fields.input_tokens) ||
      !is_count(*fields.output_tokens) || !is_count(fields.cached_input_tokens) ||
      !is_count(fields.cache_write_tokens) || !is_count(fields.total_tokens.value_or(0)) ||
      fields.cached_input_tokens + fields.cache_write_tokens > *fields.input_tokens ||
      fields.cache_write_1h_tokens > fields.cache_write_tokens ||
      fields.reasoning_tokens > *fields.output_tokens || fields.id.size() > text_bytes_max ||
      fields.credential_fingerprint.size() > text_bytes_max) {
    return false;
  }
  const bool is_hit = fields.cache_status == "HIT";
  if (!is_hit && fields.cache_status != "MISS" && !fields.cache_status.empty()) return false;
  BlockRecord record;
  if (!read_time(fields.timestamp, record.at)) return false;
  const std::uint32_t known = find_series(series_text, hash_of(series_text));
  if (known == TextTable::none) return false;
  KnownSeries& series = known_[known];
  record.series = series.series;
  record.tokens = token_counts(fields);
  record.origin = is_hit ? Origin::cache_hit : fields.estimated ? Origin::estimated : Origin::exact;
  if (!parse_uuid(fields.id, record.id)) {
    record.has_text_id = true;
    record.id = {parsed_.texts.ids.size(), 0};
    parsed_.texts.ids.emplace_back(fields.id);
  }
  record.label = label_of(series, fields.credential_fingerprint);
  parsed_.records.push_back(record);
  parsed_.places.push_back(place);
  return true;
}

void ChunkParser::take_record(const UsageRecord& record, const LinePlace& place) {
  BlockRecord block;
  block.at = record.at;
  block.series = series_number(record.series);
  block.tokens = record.tokens;
  block.requests = record.requests;
  block.origin = record.origin;
  block.stated_band = record.stated_band ? static_cast<std::uint8_t>(*record.stated_band + 1) : 0;
  if (!parse_uuid(record.record_id, block.id)) {
    block.has_text_id = true;
    block.id = {parsed_.texts.ids.size(), 0};
    parsed_.texts.ids.push_back(record.record_id);
  }
  block.label = label_number(record.tags, record.credential_fingerprint);
  parsed_.records.push_back(block);
  parsed_.places.push_back(place);
}

void ChunkParser::reject(const LinePlace& place, Rejection rejection) {
  parsed_.rejected.push_back({place, std::move(rejection)});
}

std::uint32_t ChunkParser::find_series(std::string_view text, std::uint64_t hash) const {
  return known_table_.find(hash, [&](std::uint32_t number) {
    const KnownSeries& known = known_[number];
    return std::string_view(known_texts_).substr(known.begin, known.size) == text;
  });
}

/// Series that lines do not name in one piece, or that come without end, are not remembered.
void ChunkParser::note_series(std::string_view text, const SeriesKey& key) {
  constexpr std::size_t known_bytes_max = 64 << 20;
  const std::uint64_t hash = hash_of(text);
  if (text.empty() || known_texts_.size() + text.size() > known_bytes_max ||
      find_series(text, hash) != TextTable::none) {
    return;
  }
  known_table_.add(hash, static_cast<std::uint32_t>(known_.size()));
  known_.push_back({static_cast<std::uint32_t>(known_texts_.size()),
                    static_cast<std::uint32_t>(text.size()), series_number(key), 0, 0});
  known_texts_ += text;
}

std::uint32_t ChunkParser::series_number(const SeriesKey& key) {
  const auto [at, is_new] = numbers_.try_emplace(key, static_cast<std::uint32_t>(ids_.size()));
  if (is_new) {
    ids_.push_back(0);
    new_keys_.push_back(key);
  }
  return at->second;
}

std::uint32_t ChunkParser::label_number(std::string_view tags, std::string_view fingerprint) {
  std::vector<RecordLabel>& labels = parsed_.texts.labels;
  const std::uint64_t hash = hash_of(tags, hash_of(fingerprint));
  const std::uint32_t known = label_table_.find(hash, [&](std::uint32_t number) {
    return labels[number].credential_fingerprint == fingerprint && labels[number].tags == tags;
  });
  if (known != TextTable::none) return known;
  const auto number = static_cast<std::uint32_t>(labels.size());
  labels.push_back({std::string(tags), std::string(fingerprint)});
  label_table_.add(hash, number);
  return number;
}

/// Of a record without tags. A series mostly keeps its credential from line to line.
std::uint32_t ChunkParser::label_of(KnownSeries& series, std::string_view fingerprint) {
  if (series.chunk == chunks_) {
    const RecordLabel& label = parsed_.texts.labels[series.label];
    if (label.credential_fingerprint == fingerprint) return series.label;
  }
  series.chunk = chunks_;
  series.label = label_number({}, fingerprint);
  return series.label;
}

/// "2026-10-01T12:00:00Z" with no, three or six decimals; whatever else, parse_instant knows.
bool ChunkParser::read_time(std::string_view text, Instant& at) {
  if (text.size() < 20 || text[10] != 'T' || text[13] != ':' || text[16] != ':' ||
      text.back() != 'Z') {
    return false;
  }
  if (load_word(text.data()) != date_word_ || text[8] != date_text_[8] ||
      text[9] != date_text_[9]) {
    const auto whole = parse_instant(text);
    if (!whole || !is_record_time(*whole)) return false;
    std::copy_n(text.begin(), date_text_.size(), date_text_.begin());
    date_word_ = load_word(date_text_.data());
    date_ = std::chrono::floor<std::chrono::days>(*whole);
  }
  const unsigned hours = two_digits(text.data() + 11);
  const unsigned minutes = two_digits(text.data() + 14);
  const unsigned seconds = two_digits(text.data() + 17);
  if (hours > 23 || minutes > 59 || seconds > 59) return false;
  std::int64_t micros = (hours * 60 + minutes) * 60 + seconds;
  micros *= 1'000'000;
  if (text.size() == 20) {
    at = date_ + std::chrono::microseconds(micros);
    return true;
  }
  if (text[19] != '.' || (text.size() != 24 && text.size() != 27)) return false;
  std::int64_t fraction = 0;
  for (const char c : text.substr(20, text.size() - 21)) {
    if (c < '0' || c > '9') return false;
    fraction = fraction * 10 + (c - '0');
  }
  at = date_ + std::chrono::microseconds(micros + (text.size() == 24 ? fraction * 1000 : fraction));
  return true;
}

/// Puts the database's ids in place of the parser's numbers.
void ChunkParser::resolve_series() {
  if (!new_keys_.empty()) {
    const auto made = catalog_.ids_of(new_keys_);
    std::ranges::copy(made, ids_.end() - static_cast<std::ptrdiff_t>(made.size()));
    new_keys_.clear();
  }
  for (BlockRecord& record : parsed_.records) {
    record.series = ids_[static_cast<std::size_t>(record.series)];
  }
}

}  // namespace costd
