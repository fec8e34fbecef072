#pragma once
// The message that takes the place of a statement too large for a mail server.

#include <optional>
#include <string>

#include "jobs/chargeback_job.hpp"
#include "ledger/store/outbox_store.hpp"

namespace costd {

class Connection;

/// A message without attachments, to the same recipient under the same subject, that says where the
/// report's files are; its bytes are stored durably, its row is not stored yet. Its key follows
/// from the refused message's, so that the outbox takes it once. Nothing if it would help nobody:
/// the refused message carries no report, or one whose files were deleted, is such a note itself,
/// or is no larger than the note. A template that cannot be used gives plain text that says so.
/// Throws Error(io).
std::optional<OutboxMessage> prepare_too_large_note(Connection& connection,
                                                    const OutboxMessage& refused,
                                                    const StatementMailOptions& options,
                                                    Instant now);

}  // namespace costd
