#pragma once
// costd's own audit events as lines of an export, and the verification of their chain.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/audit_event.hpp"
#include "ledger/chain_judge.hpp"

namespace costd {

/// The event as one line of JSON without its end: the members its hash is over, and the hash.
std::string to_line(const AuditEvent& event);

/// Reads such a line. Nothing, and `why` says why, for anything else.
std::optional<AuditEvent> read_audit_event(std::string_view line, std::string& why);

/// Takes events in their order.
class OwnChain {
 public:
  void add(const AuditEvent& event);
  /// A line without its end, and whether the end was there. Blank lines are counted only.
  void add_line(std::string_view line, bool has_end = true);

  ChainReport judge(const std::optional<ChainAnchor>& anchor) const;

 private:
  std::int64_t lines_ = 0;
  std::vector<ChainLink> links_;
  std::vector<ChainFinding> unreadable_;
};

}  // namespace costd
