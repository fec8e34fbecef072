// The file in which a site says about itself what compliance reports print: one list per kind.

#include "config/sections.hpp"
#include "ledger/error.hpp"

namespace costd {
namespace {

using Kind = EvidenceField::Kind;

/// The names as the file has them; they must outlive the map that is read with them.
std::vector<std::string> yaml_names(const EvidenceKind& kind) {
  std::vector<std::string> names;
  if (kind.only_id.empty()) names = {"id", "tenant"};
  for (const EvidenceField& field : kind.fields) names.push_back(yaml_name(field.name));
  return names;
}

/// A list's entries as one text. A comma would make two of one.
std::string read_list(const YamlValue& value) {
  std::string joined;
  for (const YamlValue& item : value.items()) {
    const std::string text = item.text();
    if (text.find(',') != std::string::npos) {
      item.fail_as_written("with a comma, which parts entries; write two entries, or none");
    }
    joined += (joined.empty() ? "" : ", ") + text;
  }
  return joined;
}

std::string read_field(const YamlValue& value, const EvidenceField& field) {
  const std::string text = field.kind == Kind::list     ? read_list(value)
                           : field.kind == Kind::hashed ? value.lines()
                                                        : value.text_or_blank();
  const CheckedValue checked = check_value(field, text);
  if (!checked.fault.empty()) {
    if (checked.shown == CheckedValue::Shown::yes) value.fail_as_written(checked.fault);
    value.fail(value.name() + " " + checked.fault);
  }
  return text;
}

EvidenceRecord read_record(const YamlValue& value, const EvidenceKind& kind, UniqueNames& ids) {
  const std::vector<std::string> names = yaml_names(kind);
  const YamlMap entry = value.map({names.begin(), names.end()});
  EvidenceRecord record;
  record.kind = kind.name;
  record.id = kind.only_id;
  if (kind.only_id.empty()) {
    record.id = entry.get("id").text();
    record.tenant = entry.text_or("tenant", "");
    ids.add(entry.get("id"));
  }
  for (const EvidenceField& field : kind.fields) {
    if (const auto given = entry.find(yaml_name(field.name))) {
      record.fields[std::string(field.name)] = read_field(*given, field);
    }
  }
  try {
    return checked(std::move(record));
  } catch (const Error& error) {
    if (error.code() != ErrorCode::usage) throw;
    value.fail(error.what());
  }
}

}  // namespace

std::vector<EvidenceRecord> read_evidence(const YamlDocument& document) {
  std::vector<std::string> names;
  for (const EvidenceKind& kind : evidence_kinds()) names.push_back(yaml_name(kind.name));
  const YamlMap file = YamlValue::root_of(document).map({names.begin(), names.end()});
  std::vector<EvidenceRecord> records;
  for (const EvidenceKind& kind : evidence_kinds()) {
    const auto block = file.find(yaml_name(kind.name));
    if (!block) continue;
    UniqueNames ids;
    if (!kind.only_id.empty()) {
      records.push_back(read_record(*block, kind, ids));
      continue;
    }
    for (const YamlValue& item : block->items()) records.push_back(read_record(item, kind, ids));
  }
  return records;
}

}  // namespace costd
