#pragma once
// Schema 14: access tokens. Of a token only its hash is kept.

#include <string_view>

namespace costd {

inline constexpr std::string_view migration_0014 = R"sql(
create table access_token (
  id text primary key,
  name text not null,
  hash text not null unique,
  role text not null,
  tenant text not null,
  created_at bigint not null,
  created_by text not null,
  expires_at bigint not null,
  revoked_at bigint not null,
  last_used_at bigint not null
);
)sql";

}  // namespace costd
