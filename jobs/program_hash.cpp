#include "jobs/program_hash.hpp"

#include <spdlog/spdlog.h>

#include "jobs/durable_file.hpp"
#include "ledger/error.hpp"

namespace costd {
namespace {

/// Stays the file that was started, also when an upgrade has put another one in its place.
constexpr const char* own_program = "/proc/self/exe";

std::string hash_own_program() {
  try {
    return digest_of_file(own_program).sha256;
  } catch (const Error& error) {
    spdlog::warn("program_not_hashed error=\"{}\"", error.what());
    return "unknown";
  }
}

}  // namespace

const std::string& program_sha256() {
  static const std::string hash = hash_own_program();
  return hash;
}

}  // namespace costd
