#pragma once
// Schema 8: what became of each attempt to deliver, messages that take the place of others, and
// `retry` for what waits for a later attempt. Instants are microseconds since 1970.

#include <string_view>

namespace costd {

inline constexpr std::string_view migration_0008 = R"sql(
alter table outbox add column supersedes text not null default '';
alter table outbox add column ambiguous_attempts bigint not null default 0;
update outbox set state = 'retry' where state = 'pending' and attempts > 0;
create index outbox_superseding on outbox(supersedes) where supersedes <> '';
create table delivery_attempt (
  message_id text not null references outbox(id),
  number bigint not null,
  recipient text not null,
  outcome text not null,
  reply text not null,
  started_at bigint not null,
  ended_at bigint not null,
  primary key (message_id, number, recipient)
) $CLUSTERED$;
)sql";

}  // namespace costd
