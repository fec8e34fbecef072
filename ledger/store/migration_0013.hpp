#pragma once
// Schema 13: what compliance reports stand on. The gateway's audit log as its raw bytes, in
// segments of compressed chunks; records of what a site says about itself; signed checkpoints of
// costd's own chain, and the public keys for them; what each report says of the chains; signatures
// of report files and their manifests.

#include <string_view>

namespace costd {

inline constexpr std::string_view migration_0013 = R"sql(
create table audit_segment (
  id $ID$,
  source_id bigint not null references source(id),
  file_name text not null,
  content_hash text not null,
  byte_count bigint not null,
  line_count bigint not null,
  event_count bigint not null,
  first_at bigint not null,
  last_at bigint not null,
  first_previous text not null,
  last_hash text not null,
  received_at bigint not null
);
create index audit_segment_by_source on audit_segment(source_id, id);
create table audit_chunk (
  segment_id bigint not null references audit_segment(id),
  number bigint not null,
  raw_bytes bigint not null,
  first_at bigint not null,
  last_at bigint not null,
  data $BLOB$ not null,
  primary key (segment_id, number)
);
create table evidence_record (
  kind text not null,
  id text not null,
  tenant text not null,
  fields text not null,
  origin text not null,
  updated_at bigint not null,
  primary key (kind, id)
);
create table audit_checkpoint (
  number bigint primary key,
  seq bigint not null,
  hash text not null,
  at bigint not null,
  previous text not null,
  key_id text not null,
  signature text not null
);
$APPEND_ONLY_AUDIT_CHECKPOINT$;
create table signing_key (
  id text primary key,
  public_key text not null,
  first_used_at bigint not null
);
$APPEND_ONLY_SIGNING_KEY$;
create index audit_event_by_action on audit_event(action, seq);
create table chain_pin (
  report_id text not null references report(id),
  chain text not null,
  events bigint not null,
  head text not null,
  primary key (report_id, chain)
);
alter table report add column manifest text not null default '';
alter table report add column manifest_signature text not null default '';
alter table report_file add column signature text not null default '';
alter table tenant add column settings text not null default '{}';
)sql";

}  // namespace costd
