#pragma once
// Judges a chain of audit events, the gateway's or costd's own, by the hashes that its events
// carry.

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ledger/chain_findings.hpp"

namespace costd {

/// One event as its verifier has read it. A hash that is none is absent.
struct ChainLink {
  std::int64_t line = 0;
  std::int64_t seq = 0;
  std::string event_id{};
  std::optional<Instant> at{};
  bool is_genesis = false;              ///< it says that nothing is before it
  std::optional<ChainHash> previous{};  ///< as it says
  std::optional<ChainHash> hash{};      ///< as it says
  /// Where `hash` is not that of all it says.
  struct Mismatch {
    ChainHash computed;        ///< of all it says
    ChainHash computed_there;  ///< of all it says, but after the line before it
  };
  std::unique_ptr<Mismatch> mismatch{};  ///< rare, so a whole link is small
  bool is_authentic() const { return mismatch == nullptr; }
};

/// An event of a chain in which nothing is wrong so far: authentic, right behind the one before it
/// by hash, by number and by time. Most logs are made of these alone, so they are kept small.
struct SoundLink {
  std::int64_t line = 0;
  std::int64_t seq = 0;
  std::optional<Instant> at{};
  ChainHash hash;
};
/// Whether the link goes on soundly behind `before`, null for the first one.
bool is_sound(const ChainLink& link, const SoundLink* before);
SoundLink sound_link(const ChainLink& link);
/// The links that these were, without the ids of the events.
std::vector<ChainLink> to_links(std::span<const SoundLink> sound);

/// The same as judge_chain for the links that these were, and no unreadable lines.
ChainReport judge_sound_chain(std::span<const SoundLink> links,
                              const std::optional<ChainAnchor>& anchor);

/// Judges one chain by its links and the lines that are none, both in the order of the lines.
/// Without an anchor the report says that a tail which was cut off does not show.
ChainReport judge_chain(std::span<const ChainLink> links, std::span<const ChainFinding> unreadable,
                        const std::optional<ChainAnchor>& anchor);

/// Puts the findings into the order of their lines, and the result according to them. One that is
/// INCOMPLETE already does not become PASS.
void conclude(ChainReport& report);

/// What a chain cannot show without an anchor.
inline constexpr const char* unseen_tail =
    "events cut off at the end leave a chain that is whole; give --anchor COUNT:HEAD of an "
    "earlier verification to see them";

}  // namespace costd
