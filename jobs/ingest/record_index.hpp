#pragma once
// De-duplication: which record ids of a source are known, and whether a repeat says the same.

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <vector>

#include "jobs/ingest/chunk.hpp"
#include "ledger/store/usage_blocks.hpp"

namespace costd {

class Database;

/// A hash of the id that is the same for equal ids, wherever they are kept.
std::uint64_t fingerprint_of(const RecordId& uuid);
std::uint64_t fingerprint_of(std::string_view text);
inline std::uint64_t fingerprint_of(const BlockRecord& record, const RecordTexts& texts) {
  return record.has_text_id ? fingerprint_of(texts.ids[record.id.high]) : fingerprint_of(record.id);
}

/// A set of fingerprints; some 14 to 28 bytes for each. Slots stand in groups, and a byte of each
/// fingerprint apart from the rest: a look for what is not there, which is what nearly all are,
/// reads one group of these bytes and nothing else.
class FingerprintSet {
 public:
  bool contains(std::uint64_t fingerprint) const;
  void insert(std::uint64_t fingerprint);
  /// Asks the processor for the place where the fingerprint would be.
  void prefetch(std::uint64_t fingerprint) const {
    if (!groups_.empty()) __builtin_prefetch(&groups_[group_of(fingerprint)]);
  }
  std::size_t bytes() const { return slots_.size() * (sizeof(std::uint64_t) + 1); }

 private:
  static constexpr std::size_t group_slots = 16;
  /// One byte a slot; 0 = free.
  struct alignas(group_slots) Group {
    std::array<std::uint8_t, group_slots> marks{};
    /// Bit n: slot n has the mark.
    std::uint32_t matches(std::uint8_t mark) const;
  };
  static std::uint8_t mark_of(std::uint64_t fingerprint) {
    return static_cast<std::uint8_t>(fingerprint >> 56 | 0x80);
  }
  std::size_t group_of(std::uint64_t fingerprint) const {
    return fingerprint & (groups_.size() - 1);
  }
  void grow();

  std::vector<Group> groups_;
  std::vector<std::uint64_t> slots_;
  std::size_t used_ = 0;
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
