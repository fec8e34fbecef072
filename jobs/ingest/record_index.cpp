#include "jobs/ingest/record_index.hpp"

#include <algorithm>

#include "ledger/store/database.hpp"
#include "ledger/store/fast_hash.hpp"

namespace costd {

std::uint64_t fingerprint_of(const RecordId& uuid) {
  std::uint64_t hash = (uuid.high ^ uuid.low >> 29) * 0x9e37'79b9'7f4a'7c15U;
  hash = (hash ^ hash >> 32 ^ uuid.low) * 0xd6e8'feb8'6659'fd93U;
  return hash ^ hash >> 32;
}

std::uint64_t fingerprint_of(std::string_view text) {
  return XXH3_64bits(text.data(), text.size());
}

void FingerprintSet::insert(std::uint64_t fingerprint) {
  if (used_ * 4 >= groups_ * group_slots * 3) grow();
  std::size_t at = group_of(fingerprint);
  std::uint32_t free = slots_with(at, 0);
  while (free == 0) {
    at = (at + 1) & (groups_ - 1);
    free = slots_with(at, 0);
  }
  const auto slot = static_cast<std::size_t>(std::countr_zero(free));
  words_[at * mark_words + slot * mark_bits / 64] |= std::uint64_t{mark_of(fingerprint)}
                                                     << (slot * mark_bits % 64);
  words_[groups_ * mark_words + at * group_slots + slot] = fingerprint;
  ++used_;
}

/// To twice the size, or at once to the expected one: a set that is small may be one of very many.
void FingerprintSet::grow() {
  constexpr std::size_t groups_min = 64;
  constexpr std::size_t small_set = 4096;
  FingerprintSet larger;
  larger.expected_ = expected_;
  larger.groups_ = std::max(groups_min, groups_ * 2);
  while (used_ >= small_set && larger.groups_ * group_slots * 3 < expected_ * 4) {
    larger.groups_ *= 2;
  }
  larger.words_.resize(larger.groups_ * (mark_words + group_slots));
  std::fill_n(larger.words_.begin(), larger.groups_ * mark_words, 0);
  for (std::size_t group = 0; group < groups_; ++group) {
    const std::uint32_t free = slots_with(group, 0);
    for (std::size_t slot = 0; slot < group_slots; ++slot) {
      if ((free >> slot & 1) == 0) larger.insert(slots()[group * group_slots + slot]);
    }
  }
  *this = std::move(larger);
}

std::size_t RecordIndex::largest_day() const {
  std::size_t largest = 0;
  for (const auto& [key, day] : days_) largest = std::max(largest, day.fingerprints.size());
  return largest;
}

FingerprintSet RecordIndex::load_stored(const DayKey& key) const {
  FingerprintSet fingerprints;
  const Snapshot snapshot = database_.snapshot();
  for (const BlockHead& head : load_block_heads(snapshot, key.source, key.day)) {
    const RecordIds ids = load_record_ids(snapshot, head);
    for (const RecordId& uuid : ids.uuids) fingerprints.insert(fingerprint_of(uuid));
    for (const std::string& text : ids.texts) {
      RecordId uuid;  // a block with one text among its ids keeps all of them as texts
      fingerprints.insert(parse_uuid(text, uuid) ? fingerprint_of(uuid) : fingerprint_of(text));
    }
  }
  return fingerprints;
}

void RecordIndex::drop_old_days() {
  const auto bytes = [&] {
    std::size_t sum = 0;
    for (const auto& [key, day] : days_) sum += day.fingerprints.bytes();
    return sum;
  };
  while (bytes() > bytes_max_ && days_.size() > 1) {
    days_.erase(std::ranges::min_element(days_, {},
                                         [](const auto& entry) { return entry.second.used_at; }));
  }
}

}  // namespace costd
