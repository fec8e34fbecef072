#pragma once
// Whether a record whose id looks known is a repeat of a stored one, contradicts it, or is new.

#include <vector>

#include "jobs/ingest/chunk.hpp"
#include "jobs/ingest/usage_batch.hpp"

namespace costd {

class Database;

enum class Verdict { is_new, duplicate, conflict };

/// Judges the suspects of one chunk, exactly: by the ids and contents of the records that are
/// stored or wait to be, within `horizon_days` of the suspect's own UTC day.
class DuplicateCheck {
 public:
  DuplicateCheck(Database& database, SourceId source, int horizon_days, const ParsedChunk& chunk,
                 const RecordIndex::Found& found);

  /// Looks among records that are not stored yet: those of a batch, and those of the chunk itself
  /// that are no suspects.
  void compare_with(const UsageBatch& batch);
  void compare_with_chunk();
  /// Looks among the stored ones. Call it last.
  void compare_with_stored();

  struct Judged {
    std::uint32_t row = 0;
    Verdict verdict = Verdict::is_new;
  };
  /// In the order of the rows. Of suspects that were found nowhere and share an id, the first is
  /// new and the others are judged by it.
  std::vector<Judged> verdicts();

 private:
  struct Suspect {
    std::uint32_t row = 0;
    bool found = false;
    Verdict verdict = Verdict::is_new;
  };
  template <typename Compare>
  void match(std::uint64_t fingerprint, BlockDay day, Compare compare);
  bool same_id(const BlockRecord& suspect, const BlockRecord& other,
               const RecordTexts& texts) const;
  Verdict compare(const BlockRecord& suspect, const BlockRecord& other,
                  const RecordTexts& texts) const;
  void compare_with_block(Connection& connection, const BlockHead& head);
  std::vector<BlockDay> days() const;
  bool all_found() const { return found_ == suspects_.size(); }

  Database& database_;
  SourceId source_;
  int horizon_days_;
  const ParsedChunk& chunk_;
  const std::vector<std::uint64_t>& fingerprints_;  ///< of the chunk's records
  std::vector<Suspect> suspects_;
  TextTable by_fingerprint_;               ///< the first suspect of each fingerprint
  std::vector<std::uint32_t> next_alike_;  ///< the next one of the same fingerprint
  std::size_t found_ = 0;
};

}  // namespace costd
