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

/// Takes the lines of a log in their order, over all its segments. Some 250 bytes of memory an
/// event.
class GatewayChain {
 public:
  explicit GatewayChain(std::string_view secret) : hmac_(secret) {}

  /// A line without its end, and whether the end was there. Blank lines are counted only. Returns
  /// the event, whose views live as long as the line does.
  std::optional<GatewayEvent> add(std::string_view line, bool has_end = true);

  std::int64_t lines() const { return lines_; }

  /// One report for each chain: "" for the only one of a gateway that runs alone, "pod/epoch" for
  /// those of a fleet. Lines that are no events are findings of the first one. The anchor is that
  /// of the first one, too.
  std::map<std::string, ChainReport> judge(const std::optional<ChainAnchor>& anchor) const;

 private:
  struct Chain {
    std::vector<ChainLink> links;
    std::optional<ChainHash> last;
  };
  ChainLink link_of(const GatewayEvent& event, const Chain& chain);

  HmacSha256 hmac_;
  std::string text_;  ///< the signed text of the event at hand
  std::int64_t lines_ = 0;
  std::map<std::string, Chain> chains_;
  std::vector<ChainFinding> unreadable_;
};

}  // namespace costd
