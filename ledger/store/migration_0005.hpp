#pragma once
// Schema 5: alerts and what they were raised from; outbox messages that leave by another channel
// than mail, and how long they are tried; anomalies as incidents of several days.

#include <string_view>

namespace costd {

// What was refused before this schema is history: alerts begin after it. An anomaly of an older
// costd was one day; its impact follows from that day alone while impact_usd is ''.
inline constexpr std::string_view migration_0005 = R"sql(
create table alert (
  id text primary key,
  alert_key text not null unique,
  type text not null,
  tenant text not null,
  subject text not null,
  title text not null,
  data text not null,
  raised_at bigint not null
);
create index alert_by_type on alert(type, raised_at);
create table alert_progress (
  name text primary key,
  value bigint not null
);
insert into alert_progress(name, value) select 'quarantine', coalesce(max(id), 0) from quarantine;
create table unpriced_episode (
  model text not null,
  provider text not null,
  service_tier smallint not null,
  first_day bigint not null,
  last_day bigint not null,
  is_open integer not null,
  primary key (model, provider, service_tier, first_day)
);
alter table outbox add column channel text not null default 'mail';
alter table outbox add column tried_since bigint not null default 0;
alter table anomaly add column resolved_at bigint not null default 0;
alter table anomaly add column impact_usd text not null default '';
alter table anomaly add column alerted_usd text not null default '';
)sql";

}  // namespace costd
