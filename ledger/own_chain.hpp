#pragma once
// costd's own audit events as lines of an export, and the verification of their chain.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/audit_event.hpp"
#include "ledger/chain_judge.hpp"
#include "ledger/checkpoint_judge.hpp"

namespace costd {

/// The event as one line of JSON without its end: the members its hash is over, and the hash.
std::string to_line(const AuditEvent& event);

/// Reads such a line. Nothing, and `why` says why, for anything else.
std::optional<AuditEvent> read_audit_event(std::string_view line, std::string& why);

/// Actions of the events that name a key: the first one of a chain, and a later one.
inline constexpr const char* genesis_action = "audit.genesis";
inline constexpr const char* key_action = "audit.key";

/// Takes events in their order, and what vouches for them in any.
class OwnChain {
 public:
  void add(const AuditEvent& event);
  void add(const PublicKey& key);
  void add(const AuditCheckpoint& checkpoint, const std::string& install_id);
  /// A line of an export without its end, and whether the end was there. Blank lines are counted
  /// only.
  void add_line(std::string_view line, bool has_end = true);

  /// With `pinned_key_id` the newest checkpoint must be signed with that key.
  ChainReport judge(const std::optional<ChainAnchor>& anchor,
                    const std::string& pinned_key_id = "") const;

 private:
  std::string read_line(std::string_view line);

  std::int64_t lines_ = 0;
  std::vector<ChainLink> links_;
  std::vector<ChainFinding> unreadable_;
  ChainProof proof_;
};

}  // namespace costd
