#pragma once
// Whether a file is what a report's manifest says, by files alone: nothing is asked of a daemon.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/signing.hpp"

namespace costd {

/// A key that whoever checks knows from elsewhere.
struct PinnedKey {
  std::string id;
  std::optional<PublicKey> key{};  ///< absent if only the id is known
};

struct SealCheck {
  enum class Result {
    pass,
    fail,
    incomplete,   ///< what it needs is not there
    not_checked,  ///< nobody asked for it; says nothing against the file
  };
  std::string check;  ///< "manifest", "sha256", ...
  Result result = Result::pass;
  std::string what;  ///< in a sentence
};
/// "PASS", "FAIL", "INCOMPLETE", "NOT_CHECKED".
std::string_view name_of(SealCheck::Result result);

struct SealQuestion {
  std::string file;
  std::string manifest{};  ///< "" = beside the file
  std::optional<PinnedKey> pinned{};
};

/// What was checked of the file, in its order; of a manifest also the files it lists, as far as
/// they lie beside it. Throws Error(io) for a file that cannot be read.
std::vector<SealCheck> check_seal(const SealQuestion& question);

/// FAIL if any of them is, else INCOMPLETE if any is, else PASS.
SealCheck::Result result_of(const std::vector<SealCheck>& checks);

}  // namespace costd
