#pragma once
// What a site says about itself for auditors, and no log can show: policies, API keys, retention
// rules, consents, contracts, reviews. Names and members follow the gateway's own objects where it
// has them (ApiKey, Policy). What nobody says is not invented: reports print NOT PROVIDED.

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/time/instant.hpp"

namespace costd {

struct EvidenceField {
  enum class Kind {
    text,
    list,     ///< texts, kept as "a, b"
    instant,  ///< RFC 3339 in UTC, or a date
    choice,   ///< one of `choices`
    count,    ///< a whole number from 0
  };
  std::string_view name;  ///< as in JSON: "createdAt"; in YAML files "created_at" is the same
  Kind kind = Kind::text;
  std::string_view choices{};  ///< "ACTIVE REVOKED EXPIRED"
  bool required = false;
};

/// A kind of record: its name is that of its route, "api-keys".
struct EvidenceKind {
  std::string_view name;
  std::string_view help;  ///< one line
  std::vector<EvidenceField> fields;
};

/// All kinds: organization, api-keys, policies, processing-activities, providers, agreements,
/// consents, retention-rules, erasures, reviews, incidents.
std::span<const EvidenceKind> evidence_kinds();
/// Throws Error(usage) listing the kinds there are.
const EvidenceKind& evidence_kind(std::string_view name);

struct EvidenceRecord {
  std::string kind;
  std::string id;      ///< unique in its kind
  std::string tenant;  ///< "" = the whole site
  /// By field name; a field that is absent or "" was not provided.
  std::map<std::string, std::string> fields;
  enum class Origin { file, api } origin = Origin::file;  ///< those of the file change only there
  Instant updated_at{};

  /// The field's value, or "".
  std::string get(const std::string& field) const;
  bool operator==(const EvidenceRecord&) const = default;
};

/// The record with its values in the form they are kept in. Throws Error(usage) that names the
/// field, what is wrong and the remedy: an unknown field, a missing one, a value of another form,
/// one that looks like a secret (a key's hash or plain key).
EvidenceRecord checked(EvidenceRecord record);

}  // namespace costd
