#pragma once
// What the verification of a chain of audit events found, as JSON.

#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "ledger/chain_findings.hpp"

namespace costd {

/// {"result","chain","events","findings":[...], ...}; with more than one chain under "chains" each
/// of them, and above it the worst result, all events and all findings. `kind` is "gateway" or
/// "costd"; the latter also has "checkpoints", how many, and "keyId", of the newest one.
nlohmann::ordered_json verification_json(const std::string& kind,
                                         const std::map<std::string, ChainReport>& reports);

}  // namespace costd
