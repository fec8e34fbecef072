#include "ledger/own_chain.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace costd {
namespace {

constexpr int version = 1;

AuditEvent event_of(const nlohmann::json& from) {
  AuditEvent event;
  const auto text = [&](const char* name) { return from.at(name).get<std::string>(); };
  event.seq = from.at("seq").get<std::int64_t>();
  const auto at = parse_instant(text("ts"));
  if (!at || from.at("v") != version) throw std::invalid_argument("not an event of this version");
  event.at = *at;
  event.actor = {from.at("actor").at("kind"), from.at("actor").at("name")};
  event.action = text("action");
  event.object = text("object");
  event.tenant = text("tenant");
  event.before_sha256 = text("before");
  event.after_sha256 = text("after");
  event.outcome = text("outcome");
  event.reason = text("reason");
  event.previous_hash = text("prev");
  event.hash = text("hash");
  return event;
}

}  // namespace

std::string to_line(const AuditEvent& event) {
  nlohmann::json json = to_hashed_json(event);
  json["hash"] = event.hash;
  return json.dump();
}

std::optional<AuditEvent> read_audit_event(std::string_view line, std::string& why) {
  try {
    const nlohmann::json json = nlohmann::json::parse(line);
    AuditEvent event = event_of(json);
    // A member more, or one that stands there twice, would be under no hash.
    if (to_line(event) == line) return event;
    why = "it is not as costd writes it";
  } catch (const std::exception&) {
    why = "it has not the members of one";
  }
  return std::nullopt;
}

void OwnChain::add(const AuditEvent& event) {
  ++lines_;
  ChainLink link;
  link.line = lines_;
  link.seq = event.seq;
  link.at = event.at;
  link.is_genesis = event.previous_hash == audit_genesis_hash;
  if (!link.is_genesis) link.previous = parse_chain_hash(event.previous_hash);
  link.hash = parse_chain_hash(event.hash);
  const ChainHash computed = parse_chain_hash(hash_of(event)).value();
  if (link.hash != computed) {
    AuditEvent there = event;
    const bool is_first = links_.empty() || !links_.back().hash;
    there.previous_hash = is_first
                              ? audit_genesis_hash
                              : std::string(links_.back().hash->data(), links_.back().hash->size());
    link.mismatch = std::make_unique<ChainLink::Mismatch>(
        ChainLink::Mismatch{computed, parse_chain_hash(hash_of(there)).value()});
  }
  links_.push_back(std::move(link));
  if (event.action == genesis_action || event.action == key_action) {
    proof_.key_events.push_back(
        {event.seq, event.after_sha256, event.action == genesis_action ? event.object : ""});
  }
}

void OwnChain::add(const PublicKey& key) {
  proof_.keys.emplace(key.id(), key);
}

void OwnChain::add(const AuditCheckpoint& checkpoint, const std::string& install_id) {
  proof_.checkpoints.push_back({std::max<std::int64_t>(lines_, 1), install_id, checkpoint});
}

/// Gives why the line is none, or "".
std::string OwnChain::read_line(std::string_view line) {
  std::string why;
  if (line.starts_with(checkpoint_line_begin)) {
    const auto read = read_checkpoint(line, why);
    if (!read) return "it is no checkpoint: " + why;
    ++lines_;
    add(read->checkpoint, read->install_id);
  } else if (line.starts_with(key_line_begin)) {
    const auto key = read_key(line, why);
    if (!key) return "it is no key: " + why;
    ++lines_;
    add(*key);
  } else {
    const auto event = read_audit_event(line, why);
    if (!event) return "it is no event: " + why;
    add(*event);
  }
  return "";
}

void OwnChain::add_line(std::string_view line, bool has_end) {
  if (line.find_first_not_of(" \t\r") == std::string_view::npos) {
    ++lines_;
    return;
  }
  std::string why = read_line(line);
  if (why.empty()) return;
  ++lines_;
  unreadable_.push_back({.fault = has_end ? ChainFault::unreadable : ChainFault::torn_line,
                         .line = lines_,
                         .what = has_end ? std::move(why) : "the export ends in the middle of it"});
}

ChainReport OwnChain::judge(const std::optional<ChainAnchor>& anchor,
                            const std::string& pinned_key_id) const {
  ChainReport report = judge_chain(links_, unreadable_, anchor);
  ChainProof proof = proof_;
  proof.pinned_key_id = pinned_key_id;
  judge_checkpoints(report, links_, proof);
  report.unprotected.insert(
      report.unprotected.begin(),
      "whoever can write the database and read the signing key can make the whole chain anew; only "
      "a head that was written down elsewhere shows it");
  return report;
}

}  // namespace costd
