#pragma once
// Schema 10: what a period was closed with, and what was waived for it. Months are yyyymm, instants
// microseconds since 1970; `frozen` is a JSON object, `subjects` a JSON list of names.

#include <string_view>

namespace costd {

inline constexpr std::string_view migration_0010 = R"sql(
alter table billing_period add column frozen text not null default '{}';
create table period_waiver (
  tenant text not null,
  month bigint not null,
  gate text not null,
  waived_at bigint not null,
  waived_by text not null,
  reason text not null,
  amount bigint not null,
  subjects text not null,
  obstacle text not null,
  primary key (tenant, month, gate)
) $CLUSTERED$;
)sql";

}  // namespace costd
