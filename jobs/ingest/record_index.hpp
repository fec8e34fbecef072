#pragma once
// De-duplication: which record ids of a source are known, and whether a repeat says the same.

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include <algorithm>
#include <bit>
#include <cstdint>
#include <map>
#include <vector>

#include "jobs/ingest/chunk.hpp"
#include "ledger/store/large_vector.hpp"
#include "ledger/store/usage_blocks.hpp"

namespace costd {

class Database;

/// A hash of the id that is the same for equal ids, wherever they are kept.
std::uint64_t fingerprint_of(const RecordId& uuid);
std::uint64_t fingerprint_of(std::string_view text);
inline std::uint64_t fingerprint_of(const BlockRecord& record, const RecordTexts& texts) {
  return record.has_text_id ? fingerprint_of(texts.ids[record.id.high]) : fingerprint_of(record.id);
}

/// A set of fingerprints; some 14 to 28 bytes for each. Slots stand in groups, and two bytes of
/// each fingerprint apart from the rest: a look for what is not there, which is what nearly all
/// are, reads one group of these marks and nothing else.
class FingerprintSet {
 public:
  bool contains(std::uint64_t fingerprint) const {
    if (groups_ == 0) return false;
    for (std::size_t at = group_of(fingerprint);; at = (at + 1) & (groups_ - 1)) {
      for (std::uint32_t bits = slots_with(at, mark_of(fingerprint)); bits != 0; bits &= bits - 1) {
        const auto slot = static_cast<std::size_t>(std::countr_zero(bits));
        if (slots()[at * group_slots + slot] == fingerprint) return true;
      }
      if (slots_with(at, 0) != 0) return false;
    }
  }
  /// The fingerprint is not there yet.
  void insert(std::uint64_t fingerprint);
  /// Asks the processor for the place where the fingerprint would be.
  void prefetch(std::uint64_t fingerprint) const {
    if (groups_ != 0) __builtin_prefetch(&words_[group_of(fingerprint) * mark_words]);
  }
  std::size_t size() const { return used_; }
  std::size_t bytes() const { return words_.size() * sizeof(std::uint64_t); }
  /// Once there are some thousands, room is made for so many at once.
  void expect(std::size_t fingerprints) { expected_ = fingerprints; }

 private:
  static constexpr std::size_t group_slots = 16;
  static constexpr std::size_t mark_bits = 16;
  static constexpr std::size_t mark_words = group_slots * mark_bits / 64;
  using Mark = std::uint16_t;  ///< 0 = a free slot

  static Mark mark_of(std::uint64_t fingerprint) {
    return static_cast<Mark>(fingerprint >> 48 | 0x8000);
  }
  std::size_t group_of(std::uint64_t fingerprint) const { return fingerprint & (groups_ - 1); }
  /// Bit n: slot n of the group has the mark.
  std::uint32_t slots_with(std::size_t group, Mark mark) const {
#ifdef __SSE2__
    const auto* const marks = reinterpret_cast<const __m128i*>(&words_[group * mark_words]);
    const __m128i wanted = _mm_set1_epi16(static_cast<std::int16_t>(mark));
    return static_cast<std::uint32_t>(_mm_movemask_epi8(
        _mm_packs_epi16(_mm_cmpeq_epi16(_mm_loadu_si128(marks), wanted),
                        _mm_cmpeq_epi16(_mm_loadu_si128(marks + 1), wanted))));
#else
    std::uint32_t bits = 0;
    for (std::size_t slot = 0; slot < group_slots; ++slot) {
      const std::uint64_t word = words_[group * mark_words + slot * mark_bits / 64];
      const auto found = static_cast<Mark>(word >> (slot * mark_bits % 64));
      bits |= static_cast<std::uint32_t>(found == mark) << slot;
    }
    return bits;
#endif
  }
  const std::uint64_t* slots() const { return words_.data() + groups_ * mark_words; }
  void grow();

  /// The marks of all groups, then all slots: in one piece, so that it stands in huge pages.
  LargeVector<std::uint64_t> words_;
  std::size_t groups_ = 0;
  std::size_t used_ = 0;
  std::size_t expected_ = 0;
};

/// The fingerprints of a source's records by UTC day: of the stored ones, loaded from the blocks of
/// a day when it is first touched, and of those taken since. A fingerprint is only a hint; the
/// stored id and content decide (DuplicateCheck).
class RecordIndex {
 public:
  /// Ids are looked for on the record's own day and on `horizon_days` days before and after it.
  /// Days that were not touched for longest are dropped to stay within `bytes_max`, and loaded
  /// again when they are needed.
  RecordIndex(Database& database, int horizon_days, std::size_t bytes_max)
      : database_(database), horizon_days_(horizon_days), bytes_max_(bytes_max) {}

  int horizon_days() const { return horizon_days_; }

  struct Found {
    std::vector<std::uint64_t> fingerprints;  ///< one a record
    std::vector<std::uint32_t> suspects;      ///< rows whose fingerprint was known, in order
  };
  /// Which records' fingerprints are known; notes them all on the records' own days.
  /// `waiting` adds the fingerprints of records that were taken in and are not stored yet to a day
  /// that is loaded anew.
  template <typename Waiting>
  Found find_suspects(SourceId source, const ParsedChunk& chunk, Waiting waiting);

 private:
  struct DayKey {
    SourceId source = 0;
    BlockDay day = 0;
    friend auto operator<=>(const DayKey&, const DayKey&) = default;
  };
  struct LoadedDay {
    FingerprintSet fingerprints;
    std::uint64_t used_at = 0;
  };
  /// The days a record of `day` is compared with; its own first.
  struct Window {
    BlockDay day = 0;
    std::vector<LoadedDay*> days;
  };
  FingerprintSet load_stored(const DayKey& key) const;
  /// How many fingerprints the fullest day has: other days may become as full.
  std::size_t largest_day() const;
  void drop_old_days();

  Database& database_;
  int horizon_days_;
  std::size_t bytes_max_;
  std::map<DayKey, LoadedDay> days_;
  std::uint64_t uses_ = 0;
};

template <typename Waiting>
RecordIndex::Found RecordIndex::find_suspects(SourceId source, const ParsedChunk& chunk,
                                              Waiting waiting) {
  constexpr std::size_t ahead = 24;  // records between asking for a place and looking there
  drop_old_days();
  std::map<BlockDay, Window> windows;
  const auto window_of = [&](BlockDay day) -> const Window& {
    const auto [known, is_new] = windows.try_emplace(day);
    if (!is_new) return known->second;
    Window& window = known->second;
    window.day = day;
    for (int distance = 0; distance <= horizon_days_; ++distance) {
      for (const int sign : {1, -1}) {
        if (distance == 0 && sign < 0) continue;
        const DayKey key{source, day + sign * distance};
        const auto [loaded, is_missing] = days_.try_emplace(key);
        if (is_missing) {
          loaded->second.fingerprints = load_stored(key);
          loaded->second.fingerprints.expect(largest_day());
          waiting(source, key.day, loaded->second.fingerprints);
        }
        loaded->second.used_at = ++uses_;
        window.days.push_back(&loaded->second);
      }
    }
    return window;
  };
  const std::size_t count = chunk.records.size();
  Found found;
  found.fingerprints.resize(count);
  std::vector<const Window*> window_at(count);
  const Window* last = nullptr;
  const auto prepare = [&](std::size_t row) {
    const BlockRecord& record = chunk.records[row];
    const BlockDay day = block_day_of(record.at);
    if (last == nullptr || last->day != day) last = &window_of(day);
    window_at[row] = last;
    found.fingerprints[row] = fingerprint_of(record, chunk.texts);
    for (const LoadedDay* loaded : last->days) {
      loaded->fingerprints.prefetch(found.fingerprints[row]);
    }
  };
  for (std::size_t row = 0; row < std::min(ahead, count); ++row) prepare(row);
  for (std::size_t row = 0; row < count; ++row) {
    if (row + ahead < count) prepare(row + ahead);
    const Window& window = *window_at[row];
    const std::uint64_t fingerprint = found.fingerprints[row];
    FingerprintSet& own_day = window.days.front()->fingerprints;
    const bool is_on_own_day = own_day.contains(fingerprint);
    const bool known =
        is_on_own_day ||
        std::any_of(window.days.begin() + 1, window.days.end(), [&](const LoadedDay* loaded) {
          return loaded->fingerprints.contains(fingerprint);
        });
    if (known) found.suspects.push_back(static_cast<std::uint32_t>(row));
    // Also a suspect's: it may prove to be new, and other windows have its day and not the hint's.
    if (!is_on_own_day) own_day.insert(fingerprint);
  }
  return found;
}

}  // namespace costd
