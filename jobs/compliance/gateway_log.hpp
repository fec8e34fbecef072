#pragma once
// The gateway's audit log of a source, read once from the first event to the last: verified on the
// way, and shown to whoever makes reports of it.

#include <functional>
#include <map>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "ledger/gateway_chain.hpp"
#include "ledger/gateway_payload.hpp"
#include "ledger/store/audit_segments.hpp"

namespace costd {

class Connection;

struct GatewayLogSource {
  std::string name;    ///< of the source, as configured
  std::string secret;  ///< "" = nobody gave it: then links and numbers are verified, no signatures
};

/// An event as the log states it. Its views live as long as the call it is given to.
struct LogEvent {
  const GatewayEvent& event;
  const GatewayPayload& payload;
  std::optional<Instant> at;  ///< nothing where its timestamp is none
  const std::string& chain;   ///< as in VerifiedLog::chains
  std::int64_t seq = 0;       ///< of its chain
};

struct VerifiedLog {
  std::string source;
  bool is_secret_known = true;
  std::vector<AuditSegment> segments;  ///< in the order they were read
  /// "audit" of a gateway that runs alone, "audit pod/epoch" of a fleet, by the source's name; a
  /// second gateway in one folder is "audit #2".
  std::map<std::string, ChainReport> chains;
  std::int64_t events = 0;
  std::int64_t unreadable = 0;  ///< lines that are no events, and not blank
  std::int64_t lines() const { return events + unreadable; }
};

/// Segments in the order in which their chains go on, one list for each chain that begins anew; a
/// fleet's segments are one list, by time. Whatever order they came in.
std::vector<std::vector<AuditSegment>> order_segments(std::vector<AuditSegment> segments);

/// Reads the whole log on as many threads as there are processors and calls `take` for each event,
/// on this thread and in order. Anchors by the name of the chain. Throws Error(cancelled).
VerifiedLog read_gateway_log(Connection& connection, const GatewayLogSource& source,
                             const std::map<std::string, ChainAnchor>& anchors,
                             const std::stop_token& stop,
                             const std::function<void(const LogEvent&)>& take);

}  // namespace costd
