#pragma once
// What a site says about itself for auditors, and no log can show: policies, API keys, retention
// rules, consents, contracts, reviews. Names and members follow the gateway's own objects where it
// has them (ApiKey, Policy). What nobody says is not invented: reports print NOT PROVIDED.

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ledger/time/instant.hpp"

namespace costd {

struct EvidenceField {
  enum class Kind {
    text,
    list,     ///< texts, kept as "a, b"; of `choices` only, where there are any
    instant,  ///< RFC 3339, kept in UTC, or a date
    choice,   ///< one of `choices`
    count,    ///< a whole number from 0
    days,     ///< whole days, "400d"
    hours,    ///< of a working day, "07:00-19:00"
    digest,   ///< a SHA-256, 64 hex digits
    hashed,   ///< a text of which only the SHA-256 is kept, in the field of its name + "Sha256"
    own_id,   ///< a text; left out, it is the record's id
    refused,  ///< never taken: costd keeps no key material
  };
  std::string_view name;  ///< as in JSON: "createdAt"; in YAML files "created_at" is the same
  Kind kind = Kind::text;
  std::string_view choices{};  ///< "ACTIVE REVOKED EXPIRED"
  enum class Need { optional, required } need = Need::optional;
};
/// "text", "list", ...
const char* name_of(EvidenceField::Kind kind);
std::vector<std::string> choices_of(const EvidenceField& field);

/// A kind of record: its name is that of its route, "api-keys".
struct EvidenceKind {
  std::string_view name;
  std::string_view help;  ///< one line
  std::vector<EvidenceField> fields;
  std::string_view only_id{};  ///< "site": there is one record, of the whole site; "" = several
  /// Fields with instants of which the second is no earlier day than the first.
  std::vector<std::pair<std::string_view, std::string_view>> in_order{};

  /// Null if there is no such field.
  const EvidenceField* find(std::string_view field) const;
};

/// All kinds, in the order people are shown them. Each stands in evidence_kinds.cpp with its
/// fields.
std::span<const EvidenceKind> evidence_kinds();
/// Throws Error(usage) listing the kinds there are.
const EvidenceKind& evidence_kind(std::string_view name);

/// The name in YAML files: "createdAt" -> "created_at", "api-keys" -> "api_keys".
std::string yaml_name(std::string_view name);

struct EvidenceRecord {
  std::string kind;
  std::string id;      ///< unique in its kind
  std::string tenant;  ///< "" = the whole site
  /// By field name; a field that is absent was not provided.
  std::map<std::string, std::string> fields;
  enum class Origin { file, api } origin = Origin::file;  ///< those of the file change only there
  Instant updated_at{};                                   ///< when it was stored so

  /// The field's value, or "".
  std::string get(const std::string& field) const;
  /// The entries of a list; none if it was not provided.
  std::vector<std::string> list(const std::string& field) const;
  bool operator==(const EvidenceRecord&) const = default;
};
const char* name_of(EvidenceRecord::Origin origin);  ///< file, api

/// The value in the form it is kept in, or what is wrong with it. A blank value is fine: it says
/// that nothing was provided.
struct CheckedValue {
  std::string value;
  std::string fault;                                ///< "which is no instant; write ..."; "" = none
  enum class Shown { yes, no } shown = Shown::yes;  ///< no: the value may be a secret
};
CheckedValue check_value(const EvidenceField& field, const std::string& text);

/// The record with its values in the form they are kept in, without the blank ones. Throws
/// Error(usage) that names the field, what is wrong and the remedy: an unknown field, a missing
/// one, a value of another form, one that looks like a secret (a key's hash or plain key).
EvidenceRecord checked(EvidenceRecord record);

/// What the record says, as one text; neither where it comes from nor when.
std::string canonical_text(const EvidenceRecord& record);

}  // namespace costd
