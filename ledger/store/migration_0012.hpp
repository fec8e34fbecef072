#pragma once
// Schema 12: anomalies of the robust rule beside the published one, and why each is one. Amounts
// are exact decimals of USD as text, '' in anomalies of an older costd; `contributors` is a JSON
// list of {dimension, value, impact}.

#include <string_view>

namespace costd {

inline constexpr std::string_view migration_0012 = R"sql(
alter table anomaly add column severity text not null default '';
alter table anomaly add column why text not null default '';
alter table anomaly add column volume_usd text not null default '';
alter table anomaly add column mix_usd text not null default '';
alter table anomaly add column price_usd text not null default '';
alter table anomaly add column contributors text not null default '[]';
)sql";

}  // namespace costd
