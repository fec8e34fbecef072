#pragma once
// Schema 6: every version of a budget cap is kept, deleted ones too; the status of a cap has its
// projection and which alerts were raised. Days are numbers since 1970-01-01; 0 and '' are none.

#include <string_view>

namespace costd {

inline constexpr std::string_view migration_0006 = R"sql(
create table budget_cap_version (
  cap_id text not null,
  version bigint not null,
  name text not null,
  tenant text not null,
  api_key text not null,
  period text not null,
  limit_usd text not null,
  soft_limit_percent smallint not null,
  enabled smallint not null,
  managed_by text not null,
  origin text not null,
  is_deleted smallint not null,
  changed_at bigint not null,
  changed_by text not null,
  primary key (cap_id, version)
) $CLUSTERED$;
insert into budget_cap_version(cap_id, version, name, tenant, api_key, period, limit_usd,
  soft_limit_percent, enabled, managed_by, origin, is_deleted, changed_at, changed_by)
  select id, version, name, tenant, api_key, period, limit_usd, soft_limit_percent, enabled,
  managed_by, origin, 0, 0, 'system:costd' from budget_cap;
alter table budget_status add column cap_version bigint not null default 0;
alter table budget_status add column request_count bigint not null default 0;
alter table budget_status add column unpriced_request_count bigint not null default 0;
alter table budget_status add column projected_usd text not null default '';
alter table budget_status add column crosses_on bigint not null default 0;
alter table budget_status add column low_confidence smallint not null default 0;
alter table budget_status add column alerted_percent bigint not null default 0;
alter table budget_status add column alerted_forecast smallint not null default 0;
)sql";

}  // namespace costd
