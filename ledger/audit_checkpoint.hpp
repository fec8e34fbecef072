#pragma once
// Signed statements of where costd's own audit chain stood: whoever changes, or cuts off, events
// that a checkpoint covers would need the signing key, too.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "ledger/audit_event.hpp"
#include "ledger/signing.hpp"

namespace costd {

struct AuditCheckpoint {
  std::int64_t number = 0;  ///< 1 for the first
  std::int64_t seq = 0;     ///< of the event it covers the chain up to
  std::string hash{};       ///< of that event
  Instant at{};
  std::string previous{};  ///< SHA-256 of the signed text of the checkpoint before; 64 zeros at 1
  std::string key_id{};
  std::string signature{};  ///< Ed25519, hex
  bool operator==(const AuditCheckpoint&) const = default;
};

/// "costd-checkpoint-v1", install id, number, seq, hash, time (RFC 3339), previous and key id, with
/// a line feed between each two of them.
std::string signed_text(const AuditCheckpoint& checkpoint, const std::string& install_id);

/// The checkpoint with key id and signature.
AuditCheckpoint signed_by(const SigningKey& key, AuditCheckpoint checkpoint,
                          const std::string& install_id);

/// How many events, and how much time with any event, may be behind the newest checkpoint.
inline constexpr std::int64_t checkpoint_events_max = 1000;
inline constexpr std::chrono::minutes checkpoint_age_max{15};

/// When the next one is due: nothing while no event is behind the newest one, which is absent
/// before the first. An instant that is over means now.
std::optional<Instant> next_checkpoint(const std::optional<AuditCheckpoint>& newest,
                                       std::int64_t events, Instant now);

/// As a line of an export, without its end: {"checkpoint":{...}}.
std::string to_line(const AuditCheckpoint& checkpoint, const std::string& install_id);
/// A key as a line of an export: {"key":{...}}.
std::string to_line(const PublicKey& key);

inline constexpr std::string_view checkpoint_line_begin = R"({"checkpoint":)";
inline constexpr std::string_view key_line_begin = R"({"key":)";

struct CheckpointLine {
  std::string install_id;  ///< as the line says
  AuditCheckpoint checkpoint;
};
/// Reads such lines. Nothing, and `why` says why, for anything else.
std::optional<CheckpointLine> read_checkpoint(std::string_view line, std::string& why);
std::optional<PublicKey> read_key(std::string_view line, std::string& why);

}  // namespace costd
