#pragma once
// Judges costd's own chain by its signed checkpoints: whether they are whole and genuine, and
// whether the chain still has what they cover.

#include <map>
#include <span>
#include <string>
#include <vector>

#include "ledger/audit_checkpoint.hpp"
#include "ledger/chain_judge.hpp"

namespace costd {

/// An event that says which key signs from it on.
struct KeyEvent {
  std::int64_t seq = 0;
  std::string public_key_sha256;  ///< of the PEM
  std::string install_id;         ///< of the chain's first event; "" elsewhere
};

/// A checkpoint as its verifier has read it.
struct CheckpointLink {
  std::int64_t line = 0;
  std::string install_id;
  AuditCheckpoint checkpoint;
};

/// What vouches for a chain.
struct ChainProof {
  std::map<std::string, PublicKey> keys;  ///< by id; those that no event names are worth nothing
  std::vector<KeyEvent> key_events;
  std::vector<CheckpointLink> checkpoints;  ///< in their order
  std::string pinned_key_id{};              ///< known to the verifier from elsewhere; "" = none
};

/// Adds to the report of the chain that `links` are what its checkpoints say: findings, the number
/// of checkpoints, the newest one's key, and how many events are behind the newest one that holds.
void judge_checkpoints(ChainReport& report, std::span<const ChainLink> links,
                       const ChainProof& proof);

}  // namespace costd
