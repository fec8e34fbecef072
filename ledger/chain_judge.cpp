#include "ledger/chain_judge.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <string_view>
#include <unordered_map>

namespace costd {
namespace {

/// Writers on several threads take their time before they take their place in the chain.
constexpr std::chrono::seconds time_tolerance{2};

struct HashOfHash {
  std::size_t operator()(const ChainHash& hash) const {
    return std::hash<std::string_view>()({hash.data(), hash.size()});
  }
};
using Positions = std::unordered_map<ChainHash, std::size_t, HashOfHash>;

std::string text_of(const std::optional<ChainHash>& hash) {
  return hash ? std::string(hash->data(), hash->size()) : "none";
}

/// Goes through the lines once and puts the events into the order of the chain.
class ChainWalk {
 public:
  ChainWalk(std::span<const ChainLink> links, std::span<const ChainFinding> unreadable,
            const std::optional<ChainAnchor>& anchor)
      : links_(links), unreadable_(unreadable) {
    if (anchor) anchor_ = parse_chain_hash(anchor->head);
    if (is_in_order()) return;
    position_.reserve(links.size());
    last_named_.reserve(links.size());
    for (std::size_t n = 0; n < links.size(); ++n) {
      if (links[n].hash) position_.try_emplace(*links[n].hash, n);
      if (links[n].previous) last_named_[*links[n].previous] = n;
    }
  }

  ChainReport walk() {
    report_.events = static_cast<std::int64_t>(links_.size());
    if (is_all_foreign()) {
      find(ChainFault::foreign, links_.front(),
           "no event of the chain was made with this secret; it is another one's, or all were made "
           "anew");
      for (const ChainLink& link : links_) follow(link);
      return finish();
    }
    for (std::size_t n = 0; n < links_.size(); ++n) {
      skip_unreadable(links_[n].line);
      if (links_[n].is_authentic()) {
        take_authentic(n);
      } else {
        take_broken(n);
      }
    }
    return finish();
  }

  /// Where the anchor's event stands in the chain's order, from 1; 0 if it does not.
  std::int64_t anchored() const { return anchored_; }

 private:
  void find(ChainFault fault, const ChainLink& link, std::string what) {
    report_.findings.push_back({fault, link.line, link.seq, link.event_id, std::move(what)});
  }

  /// Then nothing needs to be looked for, and a long log is judged as fast as it is hashed.
  bool is_in_order() const {
    const ChainLink* before = nullptr;
    for (const ChainLink& link : links_) {
      const bool follows = before == nullptr ? link.is_genesis : link.previous == before->hash;
      if (!follows || !link.is_authentic()) return false;
      before = &link;
    }
    return true;
  }

  bool is_all_foreign() const {
    if (links_.empty() || std::ranges::any_of(links_, &ChainLink::is_authentic)) return false;
    for (std::size_t n = 1; n < links_.size(); ++n) {
      if (links_[n].previous != links_[n - 1].hash) return false;
    }
    return links_.size() > 1;
  }

  /// Lines before the event that are none may have been events: what follows them is not known.
  void skip_unreadable(std::int64_t before) {
    while (next_unreadable_ < unreadable_.size() && unreadable_[next_unreadable_].line < before) {
      ++next_unreadable_;
      forget_expected();
      ++lost_;
    }
  }
  void forget_expected() { is_expected_known_ = false; }

  bool is_expected(const ChainLink& link) const {
    return expected_ ? link.previous == expected_ : link.is_genesis;
  }
  /// A line behind this one goes on where this one should.
  bool goes_on_behind(std::size_t n) const {
    if (!is_expected_known_ || !expected_) return false;
    const auto found = last_named_.find(*expected_);
    return found != last_named_.end() && found->second > n;
  }
  bool is_followed(const std::optional<ChainHash>& hash) const {
    return hash && last_named_.contains(*hash);
  }

  void take_authentic(std::size_t n) {
    const ChainLink& link = links_[n];
    const auto first = position_.find(*link.hash);
    if (first != position_.end() && first->second < n) {
      find(ChainFault::duplicate, link,
           fmt::format("it stands on line {} already", links_[first->second].line));
    } else if (is_expected(link)) {
      lost_ = 0;  // what was unreadable before it was no event of this chain
      accept(link);
    } else if (link.is_genesis) {
      find(ChainFault::foreign, link, "a chain begins here, in the middle of another one");
      accept(link, Numbering::broken);
    } else if (!link.previous) {
      find(ChainFault::foreign, link, "what it names as the event before it is no hash");
      accept(link, Numbering::broken);
    } else {
      take_misplaced(n);
    }
  }

  void take_misplaced(std::size_t n) {
    const ChainLink& link = links_[n];
    const auto before = position_.find(*link.previous);
    if (before == position_.end()) return take_without_predecessor(n);
    if (displaced_hashes_.contains(*link.previous)) {  // goes on behind one that is out of place
      if (links_[n - 1].hash != link.previous) {
        find(ChainFault::reordered, link, "it does not stand behind the event that it follows");
      }
      return displace(n);
    }
    if (before->second > n) {
      find(ChainFault::reordered, link,
           fmt::format("it follows the event on line {}, and stands before it",
                       links_[before->second].line));
      return displace(n);
    }
    find(ChainFault::fork, link,
         fmt::format("it follows the event on line {}, as another one does",
                     links_[before->second].line));
  }

  void take_without_predecessor(std::size_t n) {
    const ChainLink& link = links_[n];
    if (!is_expected_known_) return accept(link);
    if (goes_on_behind(n)) {
      find(ChainFault::inserted, link, "the chain goes on without it");
      return;
    }
    const std::int64_t gone = link.seq - last_seq_ - 1;
    const auto wanted = text_of(link.previous);
    find(ChainFault::missing, link,
         ordinal_ == 0
             ? fmt::format("the chain does not begin here: the event before it has the hash {}",
                           wanted)
             : fmt::format(
                   "the event before it, with the hash {}, is not there{}", wanted,
                   gone > 0 ? fmt::format("; its number says that {} are missing", gone) : ""));
    accept(link, Numbering::broken);
  }

  /// Its hash is not that of what it says.
  void take_broken(std::size_t n) {
    const ChainLink& link = links_[n];
    const auto stated = text_of(link.hash);
    const auto computed = text_of(link.mismatch->computed);
    if (!is_expected(link) && is_expected_known_ && link.mismatch->computed_there == link.hash) {
      find(ChainFault::link, link,
           fmt::format("it names {} as the event before it, and was made after {}",
                       text_of(link.previous), expected_ ? text_of(expected_) : "none"));
      return accept(link);
    }
    if (link.hash && position_.at(*link.hash) < n) {
      find(ChainFault::inserted, link,
           fmt::format("it has the hash of the event on line {} and says something else",
                       links_[position_.at(*link.hash)].line));
      return;
    }
    if (is_followed(link.hash)) {
      find(ChainFault::content, link,
           fmt::format("it was chained with the hash {}, what it says now has {}", stated,
                       computed));
      return accept(link);
    }
    if (is_followed(link.mismatch->computed) && !position_.contains(link.mismatch->computed)) {
      find(ChainFault::signature, link,
           fmt::format("its hash was {} and now says {}", computed, stated));
      return accept_as(link, link.mismatch->computed);
    }
    if (goes_on_behind(n)) {
      find(ChainFault::inserted, link,
           fmt::format("it was not made with the secret ({} instead of {}), and the chain goes on "
                       "without it",
                       stated, computed));
      return;
    }
    find(ChainFault::signature, link,
         fmt::format("its hash says {}, with the secret it is {}: it was changed, or made with "
                     "another secret",
                     stated, computed));
    accept(link);
    forget_expected();
  }

  void displace(std::size_t n) {
    displaced_[*links_[n].previous] = n;
    displaced_hashes_[*links_[n].hash] = n;
  }

  /// Whether its number must follow that of the event before, or what breaks it is told already.
  enum class Numbering { follows, broken };

  void accept(const ChainLink& link, Numbering numbering = Numbering::follows) {
    accept_as(link, link.hash, numbering);
  }
  /// The event is next in the chain, under that hash, and those that waited for it come behind it.
  void accept_as(const ChainLink& link, const std::optional<ChainHash>& hash,
                 Numbering numbering = Numbering::follows) {
    place(link, hash, numbering);
    while (expected_) {
      const auto next = displaced_.find(*expected_);
      if (next == displaced_.end()) return;
      const ChainLink& waiting = links_[next->second];
      displaced_.erase(next);
      displaced_hashes_.erase(*waiting.hash);
      place(waiting, waiting.hash, Numbering::follows);
    }
  }
  void place(const ChainLink& link, const std::optional<ChainHash>& hash, Numbering numbering) {
    judge_number(link, numbering);
    judge_time(link);
    follow(link);
    expected_ = hash;
    is_expected_known_ = hash.has_value();
  }

  void judge_number(const ChainLink& link, Numbering numbering) {
    const std::int64_t expected = last_seq_ + 1 + lost_;
    lost_ = 0;
    if (numbering == Numbering::broken || link.seq == expected) return;
    if (ordinal_ == 0 && !link.is_genesis) return;
    find(ChainFault::seq_gap, link,
         fmt::format("its number is {} where {} follows, and no event is missing", link.seq,
                     expected));
  }

  /// What was changed says nothing of when it was.
  void judge_time(const ChainLink& link) {
    if (!link.at || !link.is_authentic()) return;
    if (before_ && *link.at + time_tolerance < *before_) {
      find(ChainFault::time_backwards, link,
           fmt::format("it is of {}, and the one before it of {}", format_instant(*link.at),
                       format_instant(*before_)));
    }
    before_ = link.at;
  }

  /// The event is the next one in the chain's order.
  void follow(const ChainLink& link) {
    ++ordinal_;
    last_seq_ = link.seq;
    if (link.hash && link.hash == anchor_) anchored_ = static_cast<std::int64_t>(ordinal_);
    if (!report_.first_seq) report_.first_seq = link.seq;
    report_.last_seq = link.seq;
    if (!report_.first_at) report_.first_at = link.at;
    if (link.at) report_.last_at = link.at;
    report_.head = text_of(link.hash);
  }

  ChainReport finish() {
    report_.findings.insert(report_.findings.end(), unreadable_.begin(), unreadable_.end());
    report_.unanchored = static_cast<std::int64_t>(ordinal_);
    return std::move(report_);
  }

  std::span<const ChainLink> links_;
  std::span<const ChainFinding> unreadable_;
  Positions position_;    ///< of the first line that says the hash
  Positions last_named_;  ///< of the last line that names the hash as its previous one
  ChainReport report_;
  std::size_t next_unreadable_ = 0;
  std::int64_t lost_ = 0;              ///< lines that may have been events, since the last event
  std::optional<ChainHash> expected_;  ///< what the next event names; absent before the first
  bool is_expected_known_ = true;
  std::int64_t last_seq_ = 0;
  std::size_t ordinal_ = 0;
  std::optional<Instant> before_;
  std::optional<ChainHash> anchor_;
  std::int64_t anchored_ = 0;
  Positions displaced_;         ///< by the hash they wait for
  Positions displaced_hashes_;  ///< by their own
};

/// `ordinal`: where the anchor's event stands, from 1; 0 if it does not.
void judge_anchor(ChainReport& report, std::int64_t ordinal, const ChainAnchor& anchor,
                  std::int64_t last_line) {
  if (ordinal > 0) {
    report.unanchored -= ordinal;
    if (ordinal == anchor.count || !report.findings.empty()) return;
    report.findings.push_back({ChainFault::missing, last_line, report.last_seq, "",
                               fmt::format("the anchor counts {} events up to the hash {}, there "
                                           "are {}",
                                           anchor.count, anchor.head, ordinal)});
  } else if (report.events < anchor.count) {
    report.findings.push_back(
        {ChainFault::tail_cut, last_line, report.last_seq, "",
         fmt::format("the anchor proves {} events, there are {}: {} are missing at the end",
                     anchor.count, report.events, anchor.count - report.events)});
  } else {
    report.findings.push_back({ChainFault::fork, last_line, report.last_seq, "",
                               fmt::format("the event that the anchor names, number {} with the "
                                           "hash {}, is not in the chain: it was made anew",
                                           anchor.count, anchor.head)});
  }
}

}  // namespace

bool is_sound(const ChainLink& link, const SoundLink* before) {
  if (!link.is_authentic() || !link.hash) return false;
  if (before == nullptr) return link.is_genesis && link.seq == 1;
  const bool goes_back = link.at && before->at && *link.at + time_tolerance < *before->at;
  return link.previous == before->hash && link.seq == before->seq + 1 && !goes_back;
}

SoundLink sound_link(const ChainLink& link) {
  return {link.line, link.seq, link.at, *link.hash};
}

std::vector<ChainLink> to_links(std::span<const SoundLink> sound) {
  std::vector<ChainLink> links;
  links.reserve(sound.size());
  for (const SoundLink& each : sound) {
    ChainLink link{.line = each.line, .seq = each.seq, .at = each.at, .hash = each.hash};
    link.is_genesis = links.empty();
    if (!links.empty()) link.previous = links.back().hash;
    links.push_back(std::move(link));
  }
  return links;
}

ChainReport judge_sound_chain(std::span<const SoundLink> links,
                              const std::optional<ChainAnchor>& anchor) {
  ChainReport report;
  report.events = static_cast<std::int64_t>(links.size());
  report.unanchored = report.events;
  if (!links.empty()) {
    report.first_seq = links.front().seq;
    report.last_seq = links.back().seq;
    report.first_at = links.front().at;
    report.last_at = links.back().at;
    report.head = text_of(links.back().hash);
  }
  if (anchor) {
    const auto head = parse_chain_hash(anchor->head);
    const auto named = std::ranges::find(links, head, &SoundLink::hash);
    const std::int64_t ordinal = named == links.end() ? 0 : named - links.begin() + 1;
    judge_anchor(report, ordinal, *anchor, links.empty() ? 0 : links.back().line);
  }
  if (!anchor) report.unprotected.emplace_back(unseen_tail);
  report.result = ChainReport::Result::pass;
  conclude(report);
  return report;
}

ChainReport judge_chain(std::span<const ChainLink> links, std::span<const ChainFinding> unreadable,
                        const std::optional<ChainAnchor>& anchor) {
  ChainWalk walk(links, unreadable, anchor);
  ChainReport report = walk.walk();
  std::int64_t last_line = links.empty() ? 0 : links.back().line;
  if (!unreadable.empty()) last_line = std::max(last_line, unreadable.back().line);
  if (anchor) judge_anchor(report, walk.anchored(), *anchor, last_line);
  if (!anchor) report.unprotected.emplace_back(unseen_tail);
  report.result = ChainReport::Result::pass;
  conclude(report);
  return report;
}

void conclude(ChainReport& report) {
  std::ranges::stable_sort(report.findings, {}, &ChainFinding::line);
  const bool is_only_torn = std::ranges::all_of(report.findings, [](const ChainFinding& finding) {
    return finding.fault == ChainFault::torn_line;
  });
  if (!is_only_torn) {
    report.result = ChainReport::Result::fail;
  } else if (!report.findings.empty() || report.events == 0) {
    report.result = ChainReport::Result::incomplete;
  }
}

}  // namespace costd
