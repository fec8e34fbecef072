#pragma once
// A message finished once: its bytes are a synced file before the row that names it is written, so
// that every attempt to send it has the same bytes.

#include "jobs/delivery/mail.hpp"
#include "ledger/store/outbox_store.hpp"

namespace costd {

/// A row due at once, with an id of its own; `key` is the effect it belongs to.
OutboxMessage begin_message(const std::string& key, Instant now);

/// Fills in sender, recipient, subject, Message-ID and date of the mail and of the row alike, and
/// writes the mail's bytes to the folder. Throws Error(data) for an address that is none.
void finish_mail(OutboxMessage& row, Mail& mail, const std::string& outbox_dir);

/// Writes the bytes to FOLDER/SHA256.EXTENSION, and names the file in the row.
void store_payload(OutboxMessage& row, const std::string& bytes, const std::string& outbox_dir,
                   const std::string& extension);

}  // namespace costd
