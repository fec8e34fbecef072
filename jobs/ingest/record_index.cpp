#include "jobs/ingest/record_index.hpp"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include <algorithm>
#include <bit>

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

std::uint32_t FingerprintSet::Group::matches(std::uint8_t mark) const {
#ifdef __SSE2__
  const __m128i all = _mm_load_si128(reinterpret_cast<const __m128i*>(marks.data()));
  return static_cast<std::uint32_t>(
      _mm_movemask_epi8(_mm_cmpeq_epi8(all, _mm_set1_epi8(static_cast<char>(mark)))));
#else
  std::uint32_t bits = 0;
  for (std::size_t n = 0; n < marks.size(); ++n) {
    bits |= static_cast<std::uint32_t>(marks[n] == mark) << n;
  }
  return bits;
#endif
}

bool FingerprintSet::contains(std::uint64_t fingerprint) const {
  if (groups_.empty()) return false;
  for (std::size_t at = group_of(fingerprint);; at = (at + 1) & (groups_.size() - 1)) {
    for (std::uint32_t bits = groups_[at].matches(mark_of(fingerprint)); bits != 0;
         bits &= bits - 1) {
      const auto slot = static_cast<std::size_t>(std::countr_zero(bits));
      if (slots_[at * group_slots + slot] == fingerprint) return true;
    }
    if (groups_[at].matches(0) != 0) return false;
  }
}

/// The fingerprint is not there yet.
void FingerprintSet::insert(std::uint64_t fingerprint) {
  if (used_ * 4 >= slots_.size() * 3) grow();
  std::size_t at = group_of(fingerprint);
  while (groups_[at].matches(0) == 0) at = (at + 1) & (groups_.size() - 1);
  const auto slot = static_cast<std::size_t>(std::countr_zero(groups_[at].matches(0)));
  groups_[at].marks[slot] = mark_of(fingerprint);
  slots_[at * group_slots + slot] = fingerprint;
  ++used_;
}

void FingerprintSet::grow() {
  constexpr std::size_t groups_min = 64;
  const std::size_t groups = std::max(groups_min, groups_.size() * 2);
  std::vector<Group> old_groups(groups);
  std::vector<std::uint64_t> old_slots(groups * group_slots);
  old_groups.swap(groups_);
  old_slots.swap(slots_);
  used_ = 0;
  for (std::size_t at = 0; at < old_slots.size(); ++at) {
    if (old_groups[at / group_slots].marks[at % group_slots] != 0) insert(old_slots[at]);
  }
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
