#pragma once
// What a start finds in the state directory after a crash or a loss, and what it does about it.

#include <functional>
#include <map>
#include <string>

#include "jobs/alerts/alert_desk.hpp"
#include "ledger/store/database.hpp"

namespace costd {

struct ReportRenderer {
  std::string version;
  /// The bytes of a stored model in a format. Throws Error where that cannot be.
  std::function<std::string(const std::string& model, const std::string& format)> render;
};
/// By the kind of the report.
using ReportRenderers = std::map<std::string, ReportRenderer>;
ReportRenderers known_renderers();

struct RecoveryOptions {
  std::string state_dir;        ///< reports are in its reports/, messages in its outbox/
  AlertDesk* alerts = nullptr;  ///< is told of messages that are given up; null = nobody
  ReportRenderers renderers = known_renderers();
};

struct RecoveryReport {
  Instant at{};                      ///< the epoch = there was none
  std::int64_t leftovers = 0;        ///< files of interrupted writes; removed
  std::int64_t orphans = 0;          ///< whole files that no row names but of deleted reports
  std::int64_t orphans_removed = 0;  ///< those of them last written to more than 24 hours ago
  std::int64_t moved = 0;            ///< files found in this state directory, not where they were
  std::int64_t restored = 0;         ///< report files that are there again, byte for byte
  std::int64_t rerendered = 0;       ///< report files that are there again, with other bytes
  std::int64_t damaged = 0;          ///< report files that cannot be had
  std::int64_t rejected = 0;         ///< messages that waited and whose bytes are lost
  bool operator==(const RecoveryReport&) const = default;
};

/// Brings files and rows together again. Nobody else may work in the state directory.
///
/// A report file that is missing, has another size than its row says, or was found damaged by a
/// download is rendered from the report's stored model. The same bytes get their name back. Other
/// bytes, of a newer renderer, become a new file, and the row says whose place it took. Where
/// that is impossible the row keeps the reason as its damage, and the next start tries again. What
/// is left of a damaged file stays beside it as FILE.damaged. A message whose bytes are lost is
/// rejected with the reason, because it cannot be made again as it was.
///
/// Each of these is an audit event, and a line of the log. The look at each file is one stat; only
/// what looks wrong is read. Throws Error(io) where the state directory cannot be read.
RecoveryReport recover_state(Database& database, const RecoveryOptions& options, Instant now);

}  // namespace costd
