#pragma once
// The gateway's audit log as a chain: HMAC-SHA256 of each event under one secret, over its text and
// the HMAC of the event before. Verified over the bytes of the lines; nothing is printed anew.

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/chain_judge.hpp"
#include "ledger/gateway_event.hpp"
#include "ledger/hmac.hpp"

namespace costd {

/// The chain that the event says it is of: "" of a gateway that runs alone, "pod/epoch" of a fleet.
std::string chain_of(const GatewayEvent& event);

/// What can be said of a line by itself.
struct CheckedLine {
  std::optional<GatewayEvent> event;  ///< its views live as long as the line does
  std::string why;                    ///< it is none
  std::optional<Instant> at;
  ChainHash computed;  ///< of all it says, with the hash that it names as the one before
  bool is_blank = false;
};

/// Checks lines one by one: each thread may have its own, and lines may come in any order.
class GatewayLineCheck {
 public:
  explicit GatewayLineCheck(std::string_view secret) : hmac_(secret) {}
  /// A line without its end.
  CheckedLine check(std::string_view line);
  /// The hash of the event if it stood behind the one with that hash.
  ChainHash hash_behind(const GatewayEvent& event, std::string_view before);

 private:
  HmacSha256 hmac_;
  std::string text_;  ///< the signed text of the event at hand
};

/// Takes the lines of a log in their order, over all its segments. Some 90 bytes of memory an
/// event as long as nothing is wrong.
class GatewayChain {
 public:
  explicit GatewayChain(std::string_view secret) : check_(secret) {}

  /// A line without its end, and whether the end was there. Blank lines are counted only. Returns
  /// the event, whose views live as long as the line does.
  std::optional<GatewayEvent> add(std::string_view line, bool has_end = true);
  /// The same for a line that was checked elsewhere, with the same secret. Gives the name of the
  /// event's chain; nothing of a line that is none.
  const std::string* take(const CheckedLine& line, bool has_end = true);

  std::int64_t lines() const { return lines_; }

  /// By the name of the chain: "" for the only one of a gateway that runs alone, "pod/epoch" for
  /// those of a fleet.
  using Anchors = std::map<std::string, ChainAnchor>;
  /// One report for each chain, those of the anchors included. Lines that are no events are
  /// findings of the first one.
  std::map<std::string, ChainReport> judge(const Anchors& anchors = {}) const;
  /// The same with an anchor of the first chain.
  std::map<std::string, ChainReport> judge(const std::optional<ChainAnchor>& anchor) const;

 private:
  struct Chain {
    std::vector<SoundLink> sound;    ///< all of it, or nothing once something was wrong
    std::vector<ChainLink> links{};  ///< all of it from then on
    std::optional<ChainHash> last;
    void add(ChainLink link);
  };
  ChainLink link_of(const CheckedLine& line, const Chain& chain);

  GatewayLineCheck check_;
  std::int64_t lines_ = 0;
  std::map<std::string, Chain> chains_;
  std::vector<ChainFinding> unreadable_;
};

}  // namespace costd
