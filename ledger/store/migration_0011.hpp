#pragma once
// Schema 11: the weekday-aware forecast beside the run rate, and what tells that nothing changed.
// Amounts are exact decimals of USD, errors decimals, both as text, "" where there is none.
// `forecast_days` holds what the days after as_of are expected to cost, tenant "" = all tenants:
// micro-USD, parted by spaces; for the newest as-of days only.

#include <string_view>

namespace costd {

inline constexpr std::string_view migration_0011 = R"sql(
alter table forecast add column weekday_usd text not null default '';
alter table forecast add column low80_usd text not null default '';
alter table forecast add column high80_usd text not null default '';
alter table forecast add column low95_usd text not null default '';
alter table forecast add column high95_usd text not null default '';
alter table forecast add column method text not null default '';
alter table forecast add column mase text not null default '';
alter table forecast add column mape7 text not null default '';
alter table forecast add column mape14 text not null default '';
alter table forecast add column mape21 text not null default '';
alter table forecast add column coverage80 text not null default '';
alter table forecast add column confidence text not null default '';
alter table forecast add column reason text not null default '';
alter table forecast add column history text not null default '';
create table forecast_basis (
  as_of bigint primary key,
  basis text not null,
  forecast_count bigint not null
);
create table forecast_days (
  tenant text not null,
  as_of bigint not null,
  expected text not null,
  primary key (tenant, as_of)
) $CLUSTERED$;
create table charge_revision (
  day bigint primary key,
  revision bigint not null
);
insert into charge_revision(day, revision) select day, 1 from cost_daily;
)sql";

}  // namespace costd
