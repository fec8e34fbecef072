#include "ledger/audit_checkpoint.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "ledger/error.hpp"
#include "ledger/hex.hpp"

namespace costd {

std::string signed_text(const AuditCheckpoint& checkpoint, const std::string& install_id) {
  return fmt::format("costd-checkpoint-v1\n{}\n{}\n{}\n{}\n{}\n{}\n{}", install_id,
                     checkpoint.number, checkpoint.seq, checkpoint.hash,
                     format_instant(checkpoint.at), checkpoint.previous, checkpoint.key_id);
}

AuditCheckpoint signed_by(const SigningKey& key, AuditCheckpoint checkpoint,
                          const std::string& install_id) {
  checkpoint.key_id = key.public_key().id();
  checkpoint.signature = to_hex(key.sign(signed_text(checkpoint, install_id)));
  return checkpoint;
}

std::optional<Instant> next_checkpoint(const std::optional<AuditCheckpoint>& newest,
                                       std::int64_t events, Instant now) {
  const std::int64_t behind = events - (newest ? newest->seq : 0);
  if (behind <= 0) return std::nullopt;
  if (!newest || behind >= checkpoint_events_max) return now;
  return newest->at + checkpoint_age_max;
}

std::string to_line(const AuditCheckpoint& checkpoint, const std::string& install_id) {
  const nlohmann::json json{{"checkpoint",
                             {{"at", format_instant(checkpoint.at)},
                              {"hash", checkpoint.hash},
                              {"install", install_id},
                              {"keyId", checkpoint.key_id},
                              {"number", checkpoint.number},
                              {"previous", checkpoint.previous},
                              {"seq", checkpoint.seq},
                              {"signature", checkpoint.signature}}}};
  return json.dump();
}

std::string to_line(const PublicKey& key) {
  return nlohmann::json{{"key", {{"id", key.id()}, {"publicKey", key.pem()}}}}.dump();
}

std::optional<CheckpointLine> read_checkpoint(std::string_view line, std::string& why) {
  try {
    const nlohmann::json json = nlohmann::json::parse(line);
    const nlohmann::json& from = json.at("checkpoint");
    const auto text = [&](const char* name) { return from.at(name).get<std::string>(); };
    CheckpointLine read{text("install"), {}};
    AuditCheckpoint& checkpoint = read.checkpoint;
    checkpoint.number = from.at("number").get<std::int64_t>();
    checkpoint.seq = from.at("seq").get<std::int64_t>();
    checkpoint.hash = text("hash");
    checkpoint.at = parse_instant(text("at")).value();
    checkpoint.previous = text("previous");
    checkpoint.key_id = text("keyId");
    checkpoint.signature = text("signature");
    if (to_line(checkpoint, read.install_id) == line) return read;
    why = "it is not as costd writes it";
  } catch (const std::exception&) {
    why = "it has not the members of one";
  }
  return std::nullopt;
}

std::optional<PublicKey> read_key(std::string_view line, std::string& why) {
  try {
    const nlohmann::json json = nlohmann::json::parse(line);
    PublicKey key = PublicKey::from_pem(json.at("key").at("publicKey").get<std::string>());
    if (to_line(key) == line) return key;
    why = "it is not as costd writes it";
  } catch (const std::exception& error) {
    why = error.what();
  }
  return std::nullopt;
}

}  // namespace costd
