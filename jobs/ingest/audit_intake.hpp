#pragma once
// Takes the gateway's audit log from its spools: the raw bytes are kept, in order, by segment.

#include <chrono>
#include <string>
#include <vector>

#include "jobs/job.hpp"

namespace costd {

struct AuditSource {
  std::string name;
  std::string path;                ///< the spool folder
  std::chrono::seconds settle{0};  ///< files that were written to more recently are left alone
};

/// Each file is a segment of the source's log. The same bytes again are a duplicate, a longer copy
/// of a known segment adds what is new, a shorter one is known. Nothing is judged here: a line that
/// is no event is kept and counted, and verification finds it. A file whose beginning holds no
/// event at all, a broken archive, and one with a line of more than a megabyte go to quarantine/.
/// Counts: auditFiles, auditEvents, auditUnreadableLines, auditDuplicateFiles,
/// auditQuarantinedFiles, auditFilesStillWritten.
void take_audit_logs(JobContext& context, const std::vector<AuditSource>& sources,
                     JobResult& result);

}  // namespace costd
