#pragma once
// What is wrong with a chain of audit events, and where: each event carries the hash of the one
// before it, so whatever was changed, removed, moved or put in breaks it at a place.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/time/instant.hpp"

namespace costd {

enum class ChainFault {
  content,         ///< what the event says is not what was chained
  link,            ///< the hash of the event before was changed in it
  missing,         ///< events that stood before it are not there
  reordered,       ///< it stands before an event that it follows
  duplicate,       ///< it stands there a second time
  inserted,        ///< the chain goes on around it
  signature,       ///< its own hash was changed, or was made with another secret
  seq_gap,         ///< its number does not follow the one before, and the chain does
  time_backwards,  ///< it is older than one before it
  tail_cut,        ///< events that the anchor proves are not there
  torn_line,       ///< the last line has no end
  fork,            ///< the chain goes on twice from the same event
  foreign,         ///< it belongs to another chain
  unreadable,      ///< it is no event
};
/// "CONTENT", "LINK", ...
std::string_view name_of(ChainFault fault);

struct ChainFinding {
  ChainFault fault{};
  std::int64_t line = 0;  ///< 1-based over all segments; for a cut tail the last line
  std::optional<std::int64_t> seq{};
  std::string event_id{};
  std::string what{};  ///< in a sentence, with what was stated and what was computed
};

/// 64 lower-case hex digits; anything else is no hash, because the scheme compares them as text.
using ChainHash = std::array<char, 64>;
std::optional<ChainHash> parse_chain_hash(std::string_view hex);

/// A head that was written down elsewhere: the hash of the event that then was the last one.
struct ChainAnchor {
  std::int64_t count = 0;
  std::string head;
  bool operator==(const ChainAnchor&) const = default;
};
/// "9480:cde6...". Throws Error(usage).
ChainAnchor parse_chain_anchor(const std::string& text);

struct ChainReport {
  enum class Result { pass, fail, incomplete };
  Result result = Result::incomplete;
  std::int64_t events = 0;  ///< lines that are events
  std::optional<std::int64_t> first_seq{};
  std::optional<std::int64_t> last_seq{};
  std::optional<Instant> first_at{};
  std::optional<Instant> last_at{};
  std::string head{};           ///< hash of the last event in the chain's order; "" of none
  std::int64_t unanchored = 0;  ///< events behind the newest anchor that holds; all without one
  std::optional<std::int64_t> checkpoints{};  ///< of costd's own chain
  std::string key_id{};                       ///< of its newest checkpoint; "" of none
  std::vector<ChainFinding> findings{};    ///< by line
  std::vector<std::string> unprotected{};  ///< what the scheme cannot show, in sentences
};
std::string_view name_of(ChainReport::Result result);  ///< "PASS", "FAIL", "INCOMPLETE"

}  // namespace costd
