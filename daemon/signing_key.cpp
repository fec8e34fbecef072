#include "daemon/signing_key.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>

#include <filesystem>

#include "jobs/durable_file.hpp"
#include "ledger/error.hpp"
#include "ledger/sha256.hpp"
#include "ledger/store/audit_store.hpp"
#include "ledger/store/checkpoint_store.hpp"
#include "ledger/store/migrations.hpp"

namespace costd {
namespace {

SigningKey key_of_file(const std::string& path) {
  if (!std::filesystem::exists(path)) {
    const mode_t before = ::umask(0177);
    write_durable_file(path, SigningKey::generate().pem());
    ::umask(before);
  }
  try {
    return SigningKey::from_pem(read_file(path));
  } catch (const Error& error) {
    throw Error(ErrorCode::config,
                fmt::format("{}: {}; put the file back from a backup, or move it away to begin "
                            "with a new key, which the audit chain will tell",
                            path, error.what()));
  }
}

AuditEvent key_event(Instant now, const PublicKey& key) {
  AuditEvent event;
  event.at = now;
  event.actor = {"system", "costd"};
  event.after_sha256 = sha256_hex(key.pem());
  return event;
}

std::string about_start(const PublicKey& key) {
  return fmt::format("costd {}, schema {}, key {}", COSTD_VERSION, all_migrations().back().number,
                     key.id());
}

/// The id of the key whose PEM has this hash, as far as it is known.
std::string id_of(const std::vector<PublicKey>& keys, const std::string& sha256) {
  for (const PublicKey& key : keys) {
    if (sha256_hex(key.pem()) == sha256) return key.id();
  }
  return "with the SHA-256 " + sha256;
}

/// The event by which the chain names the key, if it needs one.
std::optional<AuditEvent> naming_event(Connection& connection, const std::string& install_id,
                                       const PublicKey& key, Instant now) {
  AuditEvent event = key_event(now, key);
  const auto named = find_key_event(connection);
  if (named && named->after_sha256 == event.after_sha256) return std::nullopt;
  event.action = key_action;
  event.object = key.id();
  if (named) {
    event.before_sha256 = named->after_sha256;
    event.reason =
        fmt::format("replaces key {} without its signature: its file was lost or changed",
                    id_of(load_public_keys(connection), named->after_sha256));
  } else if (load_audit_head(connection).count > 0) {
    event.reason = about_start(key) + ": signs from here on";
  } else {
    event.action = genesis_action;
    event.object = install_id;
    event.reason = about_start(key);
  }
  return event;
}

}  // namespace

std::shared_ptr<const SigningKey> load_signing_key(Database& database, const std::string& state_dir,
                                                   Instant now) {
  auto key = std::make_shared<const SigningKey>(key_of_file(state_dir + "/keys/signing.pem"));
  const PublicKey known = key->public_key();
  UnitOfWork unit = database.begin();
  const auto event = naming_event(unit, database.install_id(), known, now);
  if (!event) return key;
  store_public_key(unit, known, now);
  unit.audit(*event);
  unit.commit();
  if (event->before_sha256.empty()) {
    spdlog::info("signing_key id={}", known.id());
  } else {
    spdlog::warn("signing_key_replaced id={} reason=\"{}\"", known.id(), event->reason);
  }
  return key;
}

std::optional<Instant> keep_checkpoints(Database& database, const SigningKey& key, Instant now) {
  const auto next = [&]() -> std::optional<Instant> {
    const Snapshot snapshot = database.snapshot();
    return next_checkpoint(find_newest_checkpoint(snapshot), load_audit_head(snapshot).count, now);
  }();
  if (!next || *next > now) return next;
  end_with_checkpoint(database, key, now);
  return std::nullopt;
}

void end_with_checkpoint(Database& database, const SigningKey& key, Instant now) {
  UnitOfWork unit = database.begin();
  const auto made = store_checkpoint(unit, database.install_id(), key, now);
  if (!made) return;
  unit.commit();
  spdlog::debug("checkpoint number={} seq={} hash={} key={}", made->number, made->seq, made->hash,
                made->key_id);
}

}  // namespace costd
