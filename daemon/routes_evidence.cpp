// What the site says about itself for compliance reports: the kinds there are, and their records.

#include <fmt/format.h>

#include <algorithm>

#include "daemon/json_views.hpp"
#include "ledger/error.hpp"
#include "ledger/sha256.hpp"
#include "ledger/store/budget_store.hpp"
#include "ledger/store/evidence_store.hpp"

namespace costd {
namespace {

using nlohmann::json;
using Kind = EvidenceField::Kind;

HttpResponse list_kinds(Service& service, const RouteCall&) {
  std::map<std::string, int> counts;
  for (const EvidenceRecord& record : load_evidence(service.database.snapshot(), "")) {
    ++counts[record.kind];
  }
  OrderedJson kinds = OrderedJson::array();
  for (const EvidenceKind& kind : evidence_kinds()) {
    OrderedJson fields = OrderedJson::array();
    for (const EvidenceField& field : kind.fields) {
      if (field.kind == Kind::refused) continue;
      fields.push_back({{"name", field.name},
                        {"kind", name_of(field.kind)},
                        {"choices", choices_of(field)},
                        {"required", field.need == EvidenceField::Need::required}});
    }
    kinds.push_back({{"kind", kind.name},
                     {"records", counts[std::string(kind.name)]},
                     {"help", kind.help},
                     {"fields", std::move(fields)}});
  }
  return json_response(kinds);
}

OrderedJson value_json(const EvidenceRecord& record, const EvidenceField& field) {
  const std::string name(field.name);
  if (field.kind == Kind::list) return record.list(name);
  if (field.kind == Kind::count) return std::stoll(record.get(name));
  return record.get(name);
}

/// The fields that were provided, then the names of the others.
OrderedJson record_json(const EvidenceRecord& record) {
  OrderedJson json{{"id", record.id}, {"tenantId", record.tenant}};
  OrderedJson missing = OrderedJson::array();
  for (const EvidenceField& field : evidence_kind(record.kind).fields) {
    if (field.kind == Kind::refused || field.kind == Kind::hashed) continue;
    if (record.fields.contains(std::string(field.name))) {
      json[std::string(field.name)] = value_json(record, field);
    } else {
      missing.push_back(field.name);
    }
  }
  json["origin"] = name_of(record.origin);
  json["recordedAt"] = format_instant(record.updated_at);
  json["notProvided"] = std::move(missing);
  return json;
}

HttpResponse list_records(Service& service, const RouteCall& call) {
  const std::string kind(evidence_kind(call.path.at("kind")).name);
  OrderedJson records = OrderedJson::array();
  for (const EvidenceRecord& record :
       load_evidence(service.database.snapshot(), kind, text_query(call, "tenantId"))) {
    // What the site says of itself may name others.
    if (call.access.tenant && record.tenant != *call.access.tenant) continue;
    records.push_back(record_json(record));
  }
  return json_response(records);
}

std::string list_text(const std::string& name, const json& list) {
  std::string joined;
  for (const json& entry : list) {
    if (!entry.is_string() || entry.get<std::string>().find(',') != std::string::npos) {
      throw Error(ErrorCode::usage, name +
                                        " holds an entry that is no text or has a comma, which "
                                        "parts entries; write two entries, or none");
    }
    joined += (joined.empty() ? "" : ", ") + entry.get<std::string>();
  }
  return joined;
}

/// The value as text; "" for null, which says that nothing is provided.
std::string text_of(const std::string& name, const json& value) {
  if (value.is_null()) return "";
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number_integer()) return value.dump();
  if (value.is_boolean()) return value.get<bool>() ? "YES" : "NO";
  if (value.is_array()) return list_text(name, value);
  throw Error(ErrorCode::usage, name + " is neither a text, a whole number nor a list; write one");
}

/// Members of an answer that are no fields: an answer may be sent back as it came.
bool is_of_answer(const std::string& member) {
  return member == "origin" || member == "recordedAt" || member == "notProvided";
}

EvidenceRecord with_body(EvidenceRecord record, const json& body) {
  for (const auto& [member, value] : body.items()) {
    if (is_of_answer(member)) continue;
    const std::string text = text_of(member, value);
    if (member == "tenantId") {
      record.tenant = text;
    } else if (member == "id") {
      if (text != record.id) {
        throw Error(ErrorCode::usage,
                    fmt::format("id is \"{}\" in the body and \"{}\" in the path; "
                                "a record keeps its id",
                                text.substr(0, 60), record.id));
      }
    } else {
      record.fields[member] = text;
      // A new text has a new hash; the old one would contradict it.
      const std::string hash = member + "Sha256";
      const EvidenceField* field = evidence_kind(record.kind).find(member);
      const bool is_hashed = field != nullptr && field->kind == Kind::hashed;
      if (is_hashed && !body.contains(hash)) record.fields.erase(hash);
    }
  }
  return record;
}

void check_tenant(Connection& connection, const EvidenceRecord& record) {
  if (record.tenant.empty() || is_known_tenant(connection, record.tenant)) return;
  throw Error(ErrorCode::usage,
              fmt::format("tenantId \"{}\" is not a tenant that is configured or has usage; check "
                          "its spelling (costctl tenants list), or: costctl tenants set",
                          record.tenant.substr(0, 60)));
}

/// The fields that differ, by name; the values are in neither the log nor the chain.
std::string describe_changes(const EvidenceRecord& before, const EvidenceRecord& after) {
  std::string names = before.tenant == after.tenant ? "" : "tenantId";
  for (const EvidenceField& field : evidence_kind(after.kind).fields) {
    const std::string name(field.name);
    if (before.get(name) != after.get(name)) names += (names.empty() ? "" : ", ") + name;
  }
  return "changed: " + names;
}

void audit(UnitOfWork& unit, const Service& service, const RouteCall& call,
           const EvidenceRecord* before, const EvidenceRecord* after) {
  const EvidenceRecord& record = after != nullptr ? *after : *before;
  AuditEvent event;
  event.at = service.clock.now();
  event.actor = call.actor();
  event.action = after != nullptr ? "evidence.set" : "evidence.delete";
  event.object = record.kind + "/" + record.id;
  event.tenant = record.tenant;
  if (before != nullptr) event.before_sha256 = sha256_hex(canonical_text(*before));
  if (after != nullptr) event.after_sha256 = sha256_hex(canonical_text(*after));
  if (before != nullptr && after != nullptr) event.reason = describe_changes(*before, *after);
  unit.audit(std::move(event));
}

/// PUT gives the whole record, PATCH what changes; either may begin one.
HttpResponse set_record(Service& service, const RouteCall& call) {
  EvidenceRecord base;
  base.kind = evidence_kind(call.path.at("kind")).name;
  base.id = call.path.at("id");
  const json body = body_object(call);
  UnitOfWork unit = service.database.begin();
  const auto before = find_evidence(unit, base.kind, base.id);
  if (before) {
    check_evidence_editable(*before, service.settings.get()->compliance.evidence_file);
    if (call.request.method == "PATCH") base = *before;
  }
  EvidenceRecord after = checked(with_body(std::move(base), body));
  check_tenant(unit, after);
  if (before && canonical_text(*before) == canonical_text(after)) {
    return json_response(record_json(*before));
  }
  after.origin = EvidenceRecord::Origin::api;
  after.updated_at = service.clock.now();
  store_evidence(unit, after);
  audit(unit, service, call, before ? &*before : nullptr, &after);
  unit.commit();
  return json_response(record_json(after), before ? 200 : 201);
}

HttpResponse delete_record(Service& service, const RouteCall& call) {
  const std::string kind(evidence_kind(call.path.at("kind")).name);
  const std::string& id = call.path.at("id");
  UnitOfWork unit = service.database.begin();
  const auto record = find_evidence(unit, kind, id);
  if (!record) {
    throw Error(ErrorCode::not_found,
                fmt::format("there is no {} \"{}\"; costctl evidence list {} shows those there are",
                            kind, id.substr(0, 60), kind));
  }
  check_evidence_editable(*record, service.settings.get()->compliance.evidence_file);
  delete_evidence(unit, kind, id);
  audit(unit, service, call, &*record, nullptr);
  unit.commit();
  OrderedJson json = record_json(*record);
  json["deleted"] = true;
  return json_response(json);
}

}  // namespace

std::vector<Route> evidence_routes() {
  return {
      {"GET", "/v1/admin/evidence", Role::viewer, list_kinds,
       "what a site can say about itself for compliance reports: kinds and their fields"},
      {"GET",
       "/v1/admin/evidence/{kind}",
       Role::viewer,
       list_records,
       "records of a kind; with tenantId the tenant's own and those of the whole site",
       TenantUse::filtered_by_query,
       {"tenantId"}},
      {"PUT", "/v1/admin/evidence/{kind}/{id}", Role::operator_, set_record,
       "set a record that is not in the evidence file: tenantId and fields"},
      {"PATCH", "/v1/admin/evidence/{kind}/{id}", Role::operator_, set_record,
       "change fields of such a record, or begin one; null takes a field away"},
      {"DELETE", "/v1/admin/evidence/{kind}/{id}", Role::operator_, delete_record,
       "delete such a record; its hash stays in the audit chain"},
  };
}

}  // namespace costd
