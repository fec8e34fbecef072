#pragma once
// Schema 9: what a period was closed with, what was waived for it, and report files that were
// rendered again. Months are yyyymm, instants microseconds since 1970.

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
  primary key (tenant, month, gate)
) $CLUSTERED$;
alter table report_file add column replaces_sha256 text not null default '';
alter table report_file add column renderer_version text not null default '';
alter table report_file add column rendered_again_at bigint not null default 0;
alter table report_file add column damage text not null default '';
)sql";

}  // namespace costd
