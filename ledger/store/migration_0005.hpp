#pragma once
// Schema 5: alerts; outbox messages that leave by another channel than mail; what became of an
// anomaly.

#include <string_view>

namespace costd {

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
alter table outbox add column channel text not null default 'mail';
alter table anomaly add column resolved_at bigint not null default 0;
)sql";

}  // namespace costd
