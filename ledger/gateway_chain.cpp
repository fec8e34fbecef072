#include "ledger/gateway_chain.hpp"

#include <fmt/format.h>

#include <utility>

namespace costd {
namespace {

std::string chain_of(const GatewayEvent& event) {
  if (!event.fleet) return "";
  return fmt::format("{}/{}", event.fleet->pod_instance_id, event.fleet->chain_epoch);
}

}  // namespace

std::optional<GatewayEvent> GatewayChain::add(std::string_view line, bool has_end) {
  ++lines_;
  if (line.find_first_not_of(" \t\r") == std::string_view::npos) return std::nullopt;
  std::string why;
  const auto event = read_gateway_event(line, why);
  if (!event) {
    unreadable_.push_back(
        {.fault = has_end ? ChainFault::unreadable : ChainFault::torn_line,
         .line = lines_,
         .what = has_end ? "it is no event: " + why : "the log ends in the middle of it: " + why});
    return std::nullopt;
  }
  Chain& chain = chains_[chain_of(*event)];
  chain.links.push_back(link_of(*event, chain));
  chain.last = chain.links.back().hash;
  return event;
}

ChainLink GatewayChain::link_of(const GatewayEvent& event, const Chain& chain) {
  ChainLink link;
  link.line = lines_;
  link.seq = event.fleet ? event.fleet->chain_sequence : event.seq;
  link.event_id = event.event_id;
  link.at = parse_instant(event.timestamp);
  link.is_genesis = !event.previous_hash;
  if (event.previous_hash) link.previous = parse_chain_hash(*event.previous_hash);
  link.hash = parse_chain_hash(event.hmac);
  text_.clear();
  append_signed_text(text_, event, event.previous_hash.value_or(""));
  const ChainHash computed = hmac_.of(text_);
  if (link.hash == computed) return link;
  text_.clear();
  append_signed_text(text_, event,
                     chain.last ? std::string_view(chain.last->data(), chain.last->size()) : "");
  link.mismatch =
      std::make_unique<ChainLink::Mismatch>(ChainLink::Mismatch{computed, hmac_.of(text_)});
  return link;
}

std::map<std::string, ChainReport> GatewayChain::judge(
    const std::optional<ChainAnchor>& anchor) const {
  std::map<std::string, ChainReport> reports;
  if (chains_.empty()) {
    reports.emplace("", judge_chain({}, unreadable_, anchor));
  }
  for (const auto& [name, chain] : chains_) {
    const bool is_first = reports.empty();
    reports.emplace(name,
                    judge_chain(chain.links, is_first ? unreadable_ : std::vector<ChainFinding>(),
                                is_first ? anchor : std::nullopt));
  }
  for (auto& [name, report] : reports) {
    report.unprotected.insert(
        report.unprotected.begin(),
        {"seq and signedAt of an event are not part of its HMAC: seq is compared with the order of "
         "the chain, signedAt with nothing",
         "whoever has the secret can make the whole chain anew; only a head that was written down "
         "elsewhere shows it"});
  }
  return reports;
}

}  // namespace costd
