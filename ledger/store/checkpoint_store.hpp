#pragma once
// The signed checkpoints of costd's own audit chain, and the public keys they are signed with:
// append and read, nothing else.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ledger/own_chain.hpp"

namespace costd {

class Connection;
class UnitOfWork;

/// Signs where the chain stands now. Nothing if the newest checkpoint says that already, or proves
/// more events than there are: then the chain was cut, which the next verification tells.
std::optional<AuditCheckpoint> store_checkpoint(UnitOfWork& unit, const std::string& install_id,
                                                const SigningKey& key, Instant now);

std::optional<AuditCheckpoint> find_newest_checkpoint(Connection& connection);

/// Checkpoints with number > after, in order, at most `limit`.
std::vector<AuditCheckpoint> load_checkpoints(Connection& connection, std::int64_t after,
                                              std::int64_t limit);

/// Does nothing if the key is known.
void store_public_key(UnitOfWork& unit, const PublicKey& key, Instant now);
std::vector<PublicKey> load_public_keys(Connection& connection);

/// The whole chain with all that vouches for it, to be judged.
OwnChain load_own_chain(Connection& connection, const std::string& install_id);

}  // namespace costd
