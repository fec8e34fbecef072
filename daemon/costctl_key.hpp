#pragma once
// A key that an auditor knows from elsewhere, given as --key.

#include <optional>

#include "daemon/costctl_context.hpp"
#include "jobs/seal_check.hpp"

namespace costd {

/// The key in --key, which is its id or a file with the public key as PEM; nothing without --key.
/// Throws Error(usage) for anything else.
std::optional<PinnedKey> pinned_key(const Arguments& arguments);

}  // namespace costd
