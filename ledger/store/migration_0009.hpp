#pragma once
// Schema 9: report files that were rendered again, or cannot be had. Instants are microseconds
// since 1970.

#include <string_view>

namespace costd {

inline constexpr std::string_view migration_0009 = R"sql(
alter table report_file add column replaces_sha256 text not null default '';
alter table report_file add column renderer_version text not null default '';
alter table report_file add column rendered_again_at bigint not null default 0;
alter table report_file add column damage text not null default '';
)sql";

}  // namespace costd
