#pragma once
// Schema 1: everything costd keeps. Days are days since 1970-01-01, months are yyyymm, instants are
// microseconds since 1970 (UTC), row amounts are pico-USD, sums beyond 64 bits are decimal text.

#include <string_view>

namespace costd {

inline constexpr std::string_view migration_0001 = R"sql(
create table meta (name text primary key, value text not null);
insert into meta(name, value) values ('install_id', $RANDOM_ID$);

create table source (id $ID$, name text not null unique);
create table file_ledger (
  id $ID$,
  source_id bigint not null references source(id),
  content_hash text not null,
  byte_count bigint not null,
  name text not null,
  state text not null,
  committed_offset bigint not null,
  committed_lines bigint not null,
  accepted bigint not null,
  duplicates bigint not null,
  conflicts bigint not null,
  quarantined bigint not null,
  first_seen_at bigint not null,
  done_at bigint not null,
  unique (source_id, content_hash, byte_count)
);
create table quarantine (
  id $ID$,
  source_id bigint not null,
  file_id bigint not null,
  file_name text not null,
  line bigint not null,
  reason text not null,
  detail text not null,
  record_id text not null,
  tenant text not null,
  day bigint not null,
  raw $BLOB$ not null,
  quarantined_at bigint not null
);
create index quarantine_by_day on quarantine(day, tenant);
create table ingest_tally (
  day bigint not null,
  booked_month bigint not null,
  tenant text not null,
  outcome text not null,
  record_count bigint not null,
  primary key (day, booked_month, tenant, outcome)
) $CLUSTERED$;

create table series (
  id $ID$,
  tenant text not null,
  api_key text not null,
  model text not null,
  provider text not null,
  service_tier smallint not null,
  dimensions text not null,
  unique (tenant, api_key, model, provider, service_tier, dimensions)
);
create table usage_block (
  id $ID$,
  source_id bigint not null references source(id),
  file_id bigint not null,
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
create table usage_daily (
  day bigint not null,
  series_id bigint not null references series(id),
  context_band smallint not null,
  booked_month bigint not null,
  origin smallint not null,
  requests bigint not null,
  input_uncached bigint not null,
  cache_read bigint not null,
  cache_write_5m bigint not null,
  cache_write_1h bigint not null,
  output bigint not null,
  reasoning bigint not null,
  total bigint not null,
  primary key (day, series_id, context_band, booked_month, origin)
) $CLUSTERED$;
create table cost_daily (
  day bigint not null,
  series_id bigint not null references series(id),
  context_band smallint not null,
  booked_month bigint not null,
  origin smallint not null,
  state smallint not null,
  price_id bigint not null,
  input_picos bigint not null,
  cache_read_picos bigint not null,
  cache_write_picos bigint not null,
  output_picos bigint not null,
  primary key (day, series_id, context_band, booked_month, origin)
) $CLUSTERED$;
create table unrated_day (day bigint primary key);

create table price (
  id $ID$,
  model_pattern text not null,
  provider text not null,
  service_tier smallint not null,
  effective_from bigint not null,
  input bigint not null,
  output bigint not null,
  cache_read bigint,
  cache_write bigint,
  cache_write_1h bigint,
  long_above bigint,
  long_input bigint,
  long_output bigint,
  long_cache_read bigint,
  long_cache_write bigint,
  long_cache_write_1h bigint,
  origin text not null,
  source text not null,
  created_at bigint not null,
  retired_at bigint
);
create unique index price_live on price(model_pattern, provider, service_tier, effective_from)
  where retired_at is null;

create table tenant (
  id text primary key,
  name text not null,
  region text not null,
  metadata text not null,
  api_keys text not null
);
create table billing_zone (
  tenant text not null,
  effective_month bigint not null,
  time_zone text not null,
  primary key (tenant, effective_month)
);
create table billing_period (
  tenant text not null,
  month bigint not null,
  state text not null,
  closed_at bigint not null,
  closed_by text not null,
  note text not null,
  primary key (tenant, month)
);

create table budget_cap (
  id text primary key,
  name text not null unique,
  tenant text not null,
  api_key text not null,
  period text not null,
  limit_usd text not null,
  soft_limit_percent smallint not null,
  enabled smallint not null,
  version bigint not null,
  managed_by text not null,
  origin text not null
);
create table budget_status (
  cap_id text primary key references budget_cap(id),
  period_from bigint not null,
  period_to bigint not null,
  spent_usd text not null,
  colour text not null,
  computed_at bigint not null
);
create table forecast (
  tenant text not null,
  model text not null,
  provider text not null,
  as_of bigint not null,
  month_to_date_usd text not null,
  daily_rate_usd text not null,
  projected_usd text not null,
  trend text not null,
  low_confidence smallint not null,
  computed_at bigint not null,
  primary key (tenant, model, provider, as_of)
);
create table anomaly (
  id text primary key,
  rule text not null,
  tenant text not null,
  api_key text not null,
  model text not null,
  provider text not null,
  class text not null,
  first_day bigint not null,
  last_day bigint not null,
  current_usd text not null,
  baseline_usd text not null,
  deviation_percent text not null,
  detected_at bigint not null,
  state text not null,
  unique (rule, tenant, api_key, model, provider, first_day)
);

create table schedule_state (
  name text primary key,
  paused smallint not null,
  looked_until bigint not null,
  definition text not null
);
create table run (
  id text primary key,
  slot_key text not null unique,
  schedule text not null,
  slot_at bigint not null,
  trigger_kind text not null,
  actor text not null,
  jobs text not null,
  parameters text not null,
  state text not null,
  revision bigint not null,
  attempt bigint not null,
  queued_at bigint not null,
  started_at bigint not null,
  finished_at bigint not null,
  progress text not null,
  counts text not null,
  outputs text not null,
  error text not null,
  log text not null
);
create index run_by_time on run(queued_at);

create table report (
  id text primary key,
  kind text not null,
  tenant text not null,
  tenant_name text not null,
  from_day bigint not null,
  to_day bigint not null,
  status text not null,
  revision bigint not null,
  total_usd text not null,
  generated_at bigint not null,
  generated_by text not null,
  run_id text not null,
  model text not null,
  model_sha256 text not null,
  renderer_version text not null,
  deleted_at bigint not null,
  deleted_by text not null,
  deleted_reason text not null
);
create index report_by_period on report(kind, tenant, from_day, to_day);
create table report_file (
  report_id text not null references report(id),
  format text not null,
  path text not null,
  file_name text not null,
  byte_count bigint not null,
  sha256 text not null,
  primary key (report_id, format)
);

create table outbox (
  id text primary key,
  dedupe_key text not null unique,
  kind text not null,
  report_id text not null,
  sender text not null,
  recipient text not null,
  subject text not null,
  message_id text not null,
  payload_path text not null,
  payload_sha256 text not null,
  state text not null,
  attempts bigint not null,
  not_before bigint not null,
  created_at bigint not null,
  updated_at bigint not null,
  last_reply text not null
);
create index outbox_by_state on outbox(state, not_before);
create table audit_event (
  seq bigint primary key,
  at bigint not null,
  actor_kind text not null,
  actor_name text not null,
  action text not null,
  object text not null,
  tenant text not null,
  before_sha256 text not null,
  after_sha256 text not null,
  outcome text not null,
  reason text not null,
  previous_hash text not null,
  hash text not null
);
$APPEND_ONLY_AUDIT_EVENT$;
)sql";

}  // namespace costd
