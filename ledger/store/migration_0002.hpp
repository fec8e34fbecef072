#pragma once
// Schema 2: usage blocks of one UTC day each with a newer codec, a day of the rollup tables in one
// row, partial files known by the prefix that was taken in. The rows are carried over by
// carry_over_to_schema_2 (schema_2.hpp).

#include <string_view>

namespace costd {

inline constexpr std::string_view migration_0002 = R"sql(
alter table usage_block rename to usage_block_1;
alter table usage_daily rename to usage_daily_1;
alter table cost_daily rename to cost_daily_1;
drop index usage_block_by_time;
create table usage_block (
  id $ID$,
  source_id bigint not null references source(id),
  day bigint not null,
  codec smallint not null,
  record_count bigint not null,
  first_at bigint not null,
  last_at bigint not null,
  directory $BLOB$ not null,
  times $BLOB$ not null,
  counts $BLOB$ not null,
  labels $BLOB$ not null,
  record_ids $BLOB$ not null
);
create index usage_block_by_time on usage_block(last_at, first_at);
create index usage_block_by_day on usage_block(source_id, day);
create table usage_daily (
  day bigint primary key,
  codec smallint not null,
  first_booked_month bigint not null,
  last_booked_month bigint not null,
  row_count bigint not null,
  usage $BLOB$ not null
);
create index file_ledger_by_size on file_ledger(source_id, state, byte_count);
create table cost_daily (
  day bigint primary key,
  codec smallint not null,
  row_count bigint not null,
  charges $BLOB$ not null
);
)sql";

}  // namespace costd
