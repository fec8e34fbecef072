#pragma once
// Schema 3: what was answered to posts that carry an idempotency key, for those who repeat one.

#include <string_view>

namespace costd {

inline constexpr std::string_view migration_0003 = R"sql(
create table posted_key (
  idempotency_key text primary key,
  source text not null,
  body_sha256 text not null,
  answer text not null,
  posted_at bigint not null
);
create index posted_key_by_time on posted_key(posted_at);
)sql";

}  // namespace costd
