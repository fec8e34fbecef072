#include "ledger/store/evidence_store.hpp"

#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "ledger/store/connection.hpp"
#include "ledger/store/database.hpp"

namespace costd {
namespace {

constexpr const char* select_records =
    "select kind, id, tenant, fields, origin, updated_at from evidence_record"
    " where (:any_kind = 1 or kind = :kind)"
    " and (:any_tenant = 1 or tenant = '' or tenant = :tenant) order by kind, id";

constexpr const char* select_record =
    "select kind, id, tenant, fields, origin, updated_at from evidence_record"
    " where kind = :kind and id = :id";

constexpr const char* upsert_record =
    "insert into evidence_record(kind, id, tenant, fields, origin, updated_at)"
    " values (:kind, :id, :tenant, :fields, :origin, :at)"
    " on conflict (kind, id) do update set tenant = excluded.tenant, fields = excluded.fields,"
    " origin = excluded.origin, updated_at = excluded.updated_at";

constexpr const char* delete_record = "delete from evidence_record where kind = :kind and id = :id";

/// A row of the table, as it is read.
struct Row {
  EvidenceRecord record;
  std::string fields;
  std::string origin;
  std::int64_t at = 0;

  EvidenceRecord take() const {
    EvidenceRecord taken = record;
    taken.fields = nlohmann::json::parse(fields).get<std::map<std::string, std::string>>();
    taken.origin = origin == name_of(EvidenceRecord::Origin::api) ? EvidenceRecord::Origin::api
                                                                  : EvidenceRecord::Origin::file;
    taken.updated_at = from_micros(at);
    return taken;
  }
};

bool says_the_same(const EvidenceRecord& a, const EvidenceRecord& b) {
  return a.tenant == b.tenant && a.fields == b.fields;
}

using Key = std::pair<std::string, std::string>;  // kind and id

std::string path_of(const Key& key) {
  return key.first + "/" + key.second;
}

}  // namespace

std::vector<EvidenceRecord> load_evidence(Connection& connection, const std::string& kind,
                                          const std::optional<std::string>& tenant) {
  Row row;
  const int any_kind = kind.empty() ? 1 : 0;
  const int any_tenant = tenant ? 0 : 1;
  const std::string of_tenant = tenant.value_or("");
  soci::statement statement =
      (connection.sql.prepare << select_records, soci::into(row.record.kind),
       soci::into(row.record.id), soci::into(row.record.tenant), soci::into(row.fields),
       soci::into(row.origin), soci::into(row.at), soci::use(any_kind), soci::use(kind),
       soci::use(any_tenant), soci::use(of_tenant));
  std::vector<EvidenceRecord> records;
  for_each_row(statement, [&] { records.push_back(row.take()); });
  return records;
}

std::optional<EvidenceRecord> find_evidence(Connection& connection, const std::string& kind,
                                            const std::string& id) {
  Row row;
  connection.sql << select_record, soci::into(row.record.kind), soci::into(row.record.id),
      soci::into(row.record.tenant), soci::into(row.fields), soci::into(row.origin),
      soci::into(row.at), soci::use(kind), soci::use(id);
  if (!connection.sql.got_data()) return std::nullopt;
  return row.take();
}

void store_evidence(UnitOfWork& unit, const EvidenceRecord& record) {
  const std::string fields = nlohmann::json(record.fields).dump();
  const std::string origin = name_of(record.origin);
  const std::int64_t at = to_micros(record.updated_at);
  static_cast<Connection&>(unit).sql << upsert_record, soci::use(record.kind), soci::use(record.id),
      soci::use(record.tenant), soci::use(fields), soci::use(origin), soci::use(at);
}

bool delete_evidence(UnitOfWork& unit, const std::string& kind, const std::string& id) {
  soci::session& sql = static_cast<Connection&>(unit).sql;
  soci::statement statement = (sql.prepare << delete_record, soci::use(kind), soci::use(id));
  statement.execute(true);
  return statement.get_affected_rows() > 0;
}

void check_evidence_editable(const EvidenceRecord& record, const std::string& file) {
  if (record.origin == EvidenceRecord::Origin::api) return;
  throw Error(ErrorCode::refused,
              fmt::format("{} \"{}\" stands in {}; change it there, then: costctl reload",
                          record.kind, record.id, file.empty() ? "the evidence file" : file));
}

EvidenceChanges replace_evidence_of_file(UnitOfWork& unit,
                                         const std::vector<EvidenceRecord>& records, Instant now) {
  std::map<Key, EvidenceRecord> stored;
  for (EvidenceRecord& record : load_evidence(unit, "")) {
    stored.emplace(Key{record.kind, record.id}, std::move(record));
  }
  EvidenceChanges changes;
  for (EvidenceRecord record : records) {
    const Key key{record.kind, record.id};
    const auto before = stored.find(key);
    const bool is_new = before == stored.end();
    const bool was_of_api = !is_new && before->second.origin == EvidenceRecord::Origin::api;
    const bool is_same = !is_new && !was_of_api && says_the_same(before->second, record);
    if (!is_new) stored.erase(before);
    if (is_same) continue;
    (is_new       ? changes.added
     : was_of_api ? changes.taken_over
                  : changes.changed)
        .push_back(path_of(key));
    record.origin = EvidenceRecord::Origin::file;
    record.updated_at = now;
    store_evidence(unit, record);
  }
  for (const auto& [key, record] : stored) {
    if (record.origin == EvidenceRecord::Origin::api) continue;
    delete_evidence(unit, key.first, key.second);
    changes.removed.push_back(path_of(key));
  }
  return changes;
}

}  // namespace costd
