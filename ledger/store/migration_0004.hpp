#pragma once
// Schema 4: what the retention has removed of the raw records. Days are UTC days since 1970-01-01.

#include <string_view>

namespace costd {

inline constexpr std::string_view migration_0004 = R"sql(
create table removed_day (
  source_id bigint not null references source(id),
  day bigint not null,
  record_count bigint not null,
  primary key (source_id, day)
) $CLUSTERED$;
)sql";

}  // namespace costd
