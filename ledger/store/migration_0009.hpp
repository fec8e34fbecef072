#pragma once
// Schema 9: what a period was closed with, and what was waived for it. Months are yyyymm, instants
// microseconds since 1970; `frozen` is a JSON object, `subjects` a JSON list of names.

#include <string_view>

namespace costd {

inline constexpr std::string_view migration_0009 = R"sql(
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
alter table report_file add column replaces_sha256 text not null default '';
alter table report_file add column renderer_version text not null default '';
)sql";

}  // namespace costd
