#include "ledger/checkpoint_judge.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "ledger/hex.hpp"
#include "ledger/sha256.hpp"

namespace costd {
namespace {

class CheckpointWalk {
 public:
  CheckpointWalk(ChainReport& report, std::span<const ChainLink> links, const ChainProof& proof)
      : report_(report), links_(links), proof_(proof) {
    for (const ChainLink& link : links) by_seq_.emplace_back(link.seq, &link);
    std::ranges::stable_sort(by_seq_, {}, &SeqLink::first);
    for (const KeyEvent& event : proof.key_events) {
      if (!event.install_id.empty()) install_id_ = event.install_id;
    }
  }

  void walk() {
    for (const CheckpointLink& link : proof_.checkpoints) {
      if (install_id_.empty()) install_id_ = link.install_id;
      judge_place(link);
      if (is_genuine(link)) judge_event(link);
    }
    if (cut_ != nullptr) find_cut();
    report_.checkpoints = static_cast<std::int64_t>(proof_.checkpoints.size());
    judge_pin();
    count_unanchored();
  }

 private:
  using SeqLink = std::pair<std::int64_t, const ChainLink*>;

  void find(ChainFault fault, const CheckpointLink& link, std::string what) {
    report_.findings.push_back(
        {fault, link.line, link.checkpoint.seq, "",
         fmt::format("checkpoint {}: {}", link.checkpoint.number, std::move(what))});
  }

  /// Whether it follows the checkpoint before it.
  void judge_place(const CheckpointLink& link) {
    const AuditCheckpoint& checkpoint = link.checkpoint;
    const std::int64_t expected = last_number_ + 1;
    if (checkpoint.number > expected) {
      find(ChainFault::missing, link,
           expected == checkpoint.number - 1 ? fmt::format("checkpoint {} is not there", expected)
                                             : fmt::format("checkpoints {} to {} are not there",
                                                           expected, checkpoint.number - 1));
    } else if (checkpoint.number < expected) {
      find(checkpoint.number == last_number_ ? ChainFault::duplicate : ChainFault::reordered, link,
           fmt::format("it stands behind checkpoint {}", last_number_));
      return;
    } else if (checkpoint.previous != last_text_sha256_) {
      find(ChainFault::link, link,
           fmt::format("it names {} as the one before it, which has {}", checkpoint.previous,
                       last_text_sha256_));
    }
    last_number_ = checkpoint.number;
    last_text_sha256_ = sha256_hex(signed_text(checkpoint, link.install_id));
  }

  bool is_named(const PublicKey& key) const {
    const std::string sha256 = sha256_hex(key.pem());
    return std::ranges::any_of(proof_.key_events, [&](const KeyEvent& event) {
      return event.public_key_sha256 == sha256;
    });
  }

  bool is_genuine(const CheckpointLink& link) {
    const AuditCheckpoint& checkpoint = link.checkpoint;
    if (link.install_id != install_id_) {
      find(ChainFault::foreign, link,
           fmt::format("it is of the installation {}, the chain of {}", link.install_id,
                       install_id_));
      return false;
    }
    const auto key = proof_.keys.find(checkpoint.key_id);
    if (key == proof_.keys.end() || !is_named(key->second)) {
      find(ChainFault::foreign, link,
           fmt::format("it names the key {}, {}", checkpoint.key_id,
                       key == proof_.keys.end() ? "which is not known"
                                                : "which no event of the chain does"));
      return false;
    }
    if (!key->second.verifies(signed_text(checkpoint, link.install_id),
                              from_hex(checkpoint.signature))) {
      find(ChainFault::signature, link,
           fmt::format("its signature is not that of key {} over what it says", checkpoint.key_id));
      return false;
    }
    return true;
  }

  /// Whether the chain has the event that it names.
  void judge_event(const CheckpointLink& link) {
    const AuditCheckpoint& checkpoint = link.checkpoint;
    const auto at = std::ranges::lower_bound(by_seq_, checkpoint.seq, {}, &SeqLink::first);
    if (at == by_seq_.end()) {
      if (cut_ == nullptr || checkpoint.seq > cut_->checkpoint.seq) cut_ = &link;
    } else if (at->first == checkpoint.seq) {
      const auto& hash = at->second->hash;
      const std::string there = hash ? std::string(hash->data(), hash->size()) : "none";
      if (there == checkpoint.hash) {
        if (held_ == nullptr || checkpoint.seq > held_->checkpoint.seq) held_ = &link;
        return;
      }
      report_.findings.push_back(
          {ChainFault::content, at->second->line, checkpoint.seq, at->second->event_id,
           fmt::format("checkpoint {} was signed when its hash was {}, now it is {}: it, or what "
                       "is before it, was made anew",
                       checkpoint.number, checkpoint.hash, there)});
    }  // else it is missing in the middle, which the chain itself shows
  }

  void find_cut() {
    const std::int64_t last = by_seq_.empty() ? 0 : by_seq_.back().first;
    const std::int64_t line = links_.empty() ? cut_->line : links_.back().line;
    report_.findings.push_back(
        {ChainFault::tail_cut, line, last, "",
         fmt::format("checkpoint {} says {}, the chain has {}: {} are missing at the end",
                     cut_->checkpoint.number, cut_->checkpoint.seq, last,
                     cut_->checkpoint.seq - last)});
  }

  void judge_pin() {
    if (!proof_.checkpoints.empty()) {
      report_.key_id = proof_.checkpoints.back().checkpoint.key_id;
    } else if (!proof_.keys.empty()) {
      report_.key_id = proof_.keys.rbegin()->first;
    }
    if (proof_.pinned_key_id.empty()) {
      report_.unprotected.emplace_back(
          report_.checkpoints == 0
              ? "no checkpoint is there, so no signature was checked"
              : fmt::format("the key {} is the chain's own: compare its id with one you know, or "
                            "give --key",
                            report_.key_id));
    } else if (proof_.checkpoints.empty()) {
      report_.unprotected.emplace_back(fmt::format(
          "no checkpoint is there, so nothing was checked with key {}", proof_.pinned_key_id));
      report_.result = ChainReport::Result::incomplete;
    } else if (report_.key_id != proof_.pinned_key_id) {
      find(ChainFault::signature, proof_.checkpoints.back(),
           fmt::format("it is signed with key {}, not with {}", report_.key_id,
                       proof_.pinned_key_id));
    }
  }

  void count_unanchored() {
    if (held_ == nullptr) return;
    const auto behind = std::ranges::count_if(
        links_, [&](const ChainLink& link) { return link.seq > held_->checkpoint.seq; });
    report_.unanchored = std::min<std::int64_t>(report_.unanchored, behind);
    const bool had_no_anchor = std::erase(report_.unprotected, unseen_tail) > 0;
    if (!had_no_anchor) return;
    report_.unprotected.emplace_back(
        "events cut off at the end together with the checkpoints that cover them leave a chain "
        "that is whole; give --anchor COUNT:HEAD of an earlier verification or report to see them");
  }

  ChainReport& report_;
  std::span<const ChainLink> links_;
  const ChainProof& proof_;
  std::vector<SeqLink> by_seq_;
  std::string install_id_;
  std::int64_t last_number_ = 0;
  std::string last_text_sha256_ = audit_genesis_hash;
  const CheckpointLink* held_ = nullptr;  ///< the newest one that the chain agrees with
  const CheckpointLink* cut_ = nullptr;   ///< the newest one beyond the end of the chain
};

}  // namespace

void judge_checkpoints(ChainReport& report, std::span<const ChainLink> links,
                       const ChainProof& proof) {
  CheckpointWalk(report, links, proof).walk();
  conclude(report);
}

}  // namespace costd
