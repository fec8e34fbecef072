#include "jobs/outbox_payload.hpp"

#include "jobs/durable_file.hpp"
#include "ledger/audit_event.hpp"
#include "ledger/sha256.hpp"
#include "ledger/ulid.hpp"

namespace costd {
namespace {

std::string domain_of(const std::string& address) {
  return address.substr(address.find('@') + 1);
}

}  // namespace

OutboxMessage begin_message(const std::string& key, Instant now) {
  OutboxMessage row;
  row.id = make_ulid(now);
  row.dedupe_key = key;
  row.not_before = row.created_at = row.updated_at = now;
  return row;
}

void finish_mail(OutboxMessage& row, Mail& mail, const std::string& outbox_dir) {
  row.channel = "mail";
  row.sender = address_of(mail.from);
  row.recipient = address_of(mail.to);
  row.subject = mail.subject;
  row.message_id =
      row.id + "." + sha256_hex(row.dedupe_key).substr(0, 16) + "@" + domain_of(row.sender);
  mail.message_id = row.message_id;
  mail.date = row.created_at;
  store_payload(row, render_message(mail), outbox_dir, "eml");
}

void store_payload(OutboxMessage& row, const std::string& bytes, const std::string& outbox_dir,
                   const std::string& extension) {
  row.payload_sha256 = sha256_hex(bytes);
  row.payload_path = outbox_dir + "/" + row.payload_sha256 + "." + extension;
  write_durable_file(row.payload_path, bytes);
}

}  // namespace costd
