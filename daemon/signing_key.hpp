#pragma once
// The key that this installation signs its checkpoints and reports with, and what its audit chain
// says of it.

#include <memory>
#include <optional>
#include <string>

#include "ledger/signing.hpp"
#include "ledger/store/database.hpp"

namespace costd {

/// STATE/keys/signing.pem (0600), made where it is missing. A chain without events begins with
/// `audit.genesis`, which names the key; one whose events name no key, or another one, gets
/// `audit.key`. A key that replaces another one without its signature is logged as a warning.
/// Throws Error(config) for a file that holds no key: it is never written over.
std::shared_ptr<const SigningKey> load_signing_key(Database& database, const std::string& state_dir,
                                                   Instant now);

/// Signs where the chain stands, if a checkpoint is due. Gives when the next one is, or nothing
/// while no event is behind the newest one.
std::optional<Instant> keep_checkpoints(Database& database, const SigningKey& key, Instant now);

/// Signs where the chain stands, unless the newest checkpoint says it already.
void end_with_checkpoint(Database& database, const SigningKey& key, Instant now);

}  // namespace costd
