#include "daemon/costctl_key.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "jobs/durable_file.hpp"
#include "ledger/error.hpp"
#include "ledger/hex.hpp"

namespace costd {
namespace {

constexpr std::size_t id_bytes = 8;

}  // namespace

std::optional<PinnedKey> pinned_key(const Arguments& arguments) {
  if (!arguments.has("key")) return std::nullopt;
  const std::string text = arguments.get("key");
  std::error_code error;
  if (std::filesystem::is_regular_file(text, error)) {
    try {
      PublicKey key = PublicKey::from_pem(read_file(text));
      return PinnedKey{key.id(), std::move(key)};
    } catch (const Error& problem) {
      throw Error(ErrorCode::usage, fmt::format("{}: {}", text, problem.what()));
    }
  }
  if (from_hex(text).size() == id_bytes) return PinnedKey{text};
  throw Error(ErrorCode::usage,
              fmt::format("--key \"{}\" is neither a file with a public key nor the id of one; an "
                          "id has 16 digits, like 3f0a9c2b7d415e68",
                          text));
}

}  // namespace costd
