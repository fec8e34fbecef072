#include "ledger/gateway_chain.hpp"

#include <fmt/format.h>

#include <utility>

namespace costd {
namespace {

ChainReport judge_one(std::span<const SoundLink> sound, std::span<const ChainLink> links,
                      const std::vector<ChainFinding>& unreadable,
                      const std::optional<ChainAnchor>& anchor) {
  if (!links.empty()) return judge_chain(links, unreadable, anchor);
  if (unreadable.empty()) return judge_sound_chain(sound, anchor);
  return judge_chain(to_links(sound), unreadable, anchor);
}

}  // namespace

std::string chain_of(const GatewayEvent& event) {
  if (!event.fleet) return "";
  return fmt::format("{}/{}", event.fleet->pod_instance_id, event.fleet->chain_epoch);
}

CheckedLine GatewayLineCheck::check(std::string_view line) {
  CheckedLine checked;
  checked.is_blank = line.find_first_not_of(" \t\r") == std::string_view::npos;
  if (checked.is_blank) return checked;
  checked.event = read_gateway_event(line, checked.why);
  if (!checked.event) return checked;
  checked.at = parse_instant(checked.event->timestamp);
  checked.computed = hash_behind(*checked.event, checked.event->previous_hash.value_or(""));
  return checked;
}

ChainHash GatewayLineCheck::hash_behind(const GatewayEvent& event, std::string_view before) {
  text_.clear();
  append_signed_text(text_, event, before);
  return hmac_.of(text_);
}

void GatewayChain::Chain::add(ChainLink link) {
  last = link.hash;
  if (links.empty() && is_sound(link, sound.empty() ? nullptr : &sound.back())) {
    sound.push_back(sound_link(link));
    return;
  }
  if (links.empty()) {
    links = to_links(sound);
    sound = {};
  }
  links.push_back(std::move(link));
}

std::optional<GatewayEvent> GatewayChain::add(std::string_view line, bool has_end) {
  CheckedLine checked = check_.check(line);
  take(checked, has_end);
  return checked.event;
}

const std::string* GatewayChain::take(const CheckedLine& line, bool has_end) {
  ++lines_;
  if (line.is_blank) return nullptr;
  if (!line.event) {
    unreadable_.push_back(
        {.fault = has_end ? ChainFault::unreadable : ChainFault::torn_line,
         .line = lines_,
         .what = (has_end ? "it is no event: " : "the log ends in the middle of it: ") + line.why});
    return nullptr;
  }
  const auto chain = chains_.try_emplace(chain_of(*line.event)).first;
  chain->second.add(link_of(line, chain->second));
  return &chain->first;
}

ChainLink GatewayChain::link_of(const CheckedLine& line, const Chain& chain) {
  const GatewayEvent& event = *line.event;
  ChainLink link;
  link.line = lines_;
  link.seq = event.fleet ? event.fleet->chain_sequence : event.seq;
  link.at = line.at;
  link.is_genesis = !event.previous_hash;
  if (event.previous_hash) link.previous = parse_chain_hash(*event.previous_hash);
  link.hash = parse_chain_hash(event.hmac);
  const bool is_kept_small = link.hash == line.computed && chain.links.empty() &&
                             is_sound(link, chain.sound.empty() ? nullptr : &chain.sound.back());
  if (!is_kept_small) link.event_id = event.event_id;
  if (link.hash == line.computed) return link;
  const std::string_view there =
      chain.last ? std::string_view(chain.last->data(), chain.last->size()) : "";
  link.mismatch = std::make_unique<ChainLink::Mismatch>(
      ChainLink::Mismatch{line.computed, check_.hash_behind(event, there)});
  return link;
}

std::map<std::string, ChainReport> GatewayChain::judge(const Anchors& anchors) const {
  static const Chain nothing;
  static const std::vector<ChainFinding> all_readable;
  std::map<std::string, const Chain*> chains;
  for (const auto& [name, chain] : chains_) chains.emplace(name, &chain);
  for (const auto& [name, anchor] : anchors) chains.try_emplace(name, &nothing);
  if (chains.empty()) chains.emplace("", &nothing);
  std::map<std::string, ChainReport> reports;
  for (const auto& [name, chain] : chains) {
    const auto anchor = anchors.find(name);
    ChainReport report =
        judge_one(chain->sound, chain->links, reports.empty() ? unreadable_ : all_readable,
                  anchor == anchors.end() ? std::nullopt : std::optional(anchor->second));
    report.unprotected.insert(
        report.unprotected.begin(),
        {"seq and signedAt of an event are not part of its HMAC: seq is compared with the order of "
         "the chain, signedAt with nothing",
         "whoever has the secret can make the whole chain anew; only a head that was written down "
         "elsewhere shows it"});
    reports.emplace(name, std::move(report));
  }
  return reports;
}

std::map<std::string, ChainReport> GatewayChain::judge(
    const std::optional<ChainAnchor>& anchor) const {
  if (!anchor) return judge(Anchors{});
  return judge(Anchors{{chains_.empty() ? "" : chains_.begin()->first, *anchor}});
}

}  // namespace costd
