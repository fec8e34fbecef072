#pragma once
// Schema 8: what became of each attempt to deliver, and messages that take the place of others.

#include <string_view>

namespace costd {

inline constexpr std::string_view migration_0008 = R"sql(
alter table outbox add column supersedes text not null default '';
alter table outbox add column ambiguous_attempts bigint not null default 0;
create table delivery_attempt (
  message_id text not null references outbox(id),
  attempt bigint not null,
  recipient text not null,
  outcome text not null,
  reply text not null,
  started_at bigint not null,
  ended_at bigint not null,
  primary key (message_id, attempt, recipient)
) $CLUSTERED$;
)sql";

}  // namespace costd
