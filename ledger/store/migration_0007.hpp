#pragma once
// Schema 7: runs that go on where they stopped, wait, and are decided about by people; what the
// clock was last seen at. Instants are microseconds since 1970, 0 is none.

#include <string_view>

namespace costd {

inline constexpr std::string_view migration_0007 = R"sql(
alter table run add column policy text not null default '{}';
alter table run add column after_previous smallint not null default 0;
alter table run add column jobs_done bigint not null default 0;
alter table run add column not_before bigint not null default 0;
alter table run add column attempts_before bigint not null default 0;
alter table run add column inputs text not null default '[]';
alter table run add column discarded_at bigint not null default 0;
alter table run add column discarded_by text not null default '';
alter table run add column discarded_reason text not null default '';
create index run_unfinished on run(state) where state in ('queued', 'running', 'failed');
create index run_by_slot on run(schedule, slot_at);
create table clock_state (
  id smallint primary key check (id = 1),
  seen_at bigint not null,
  held_from bigint not null,
  held_to bigint not null
);
)sql";

}  // namespace costd
