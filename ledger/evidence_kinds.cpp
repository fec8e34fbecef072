// The kinds of evidence records and their fields: each column that a compliance report prints, and
// costd cannot know by itself, has its source here.

#include <fmt/format.h>

#include <algorithm>

#include "ledger/error.hpp"
#include "ledger/evidence_record.hpp"

namespace costd {
namespace {

using Kind = EvidenceField::Kind;
constexpr auto required = EvidenceField::Need::required;

EvidenceKind organization() {
  return {"organization",
          "who the site is, whom it answers for, and how it is secured; one record",
          {{"name"},
           {"address"},
           {"contact"},
           {"controller"},
           {"jointController"},
           {"representative"},
           {"dpo"},
           {"processorFor", Kind::list},
           {"hostId"},
           {"securityMeasures", Kind::list},
           {"transportSecurity"},
           {"encryption"},
           {"pseudonymisation"},
           {"breachLog"},
           {"businessHours", Kind::hours},
           {"businessDays", Kind::list, "MON TUE WED THU FRI SAT SUN"},
           {"reviewSchedule"},
           {"riskAnalysis"}},
          "site"};
}

EvidenceKind api_keys() {
  return {"api-keys",
          "the gateway's API keys: who may call it; never the key or its hash",
          {{"name"},
           {"keyPrefix"},
           {"keyHash", Kind::refused},
           {"scopes", Kind::list},
           {"status", Kind::choice, "ACTIVE REVOKED EXPIRED"},
           {"tier"},
           {"createdAt", Kind::instant},
           {"updatedAt", Kind::instant},
           {"expiresAt", Kind::instant},
           {"revokedAt", Kind::instant},
           {"terminationAt", Kind::instant},
           {"lastUsedAt", Kind::instant},
           {"approvedBy"},
           {"revocationApprovedBy"}},
          "",
          {{"createdAt", "updatedAt"}, {"createdAt", "revokedAt"}, {"createdAt", "expiresAt"}}};
}

EvidenceKind principals() {
  return {"principals",
          "people and service accounts that may reach costd or the gateway's console",
          {{"name"},
           {"type", Kind::choice, "PERSON SERVICE"},
           {"system"},
           {"actor"},
           {"role"},
           {"previousRole"},
           {"authentication"},
           {"emergencyAccess", Kind::choice, "YES NO"},
           {"createdAt", Kind::instant},
           {"approvedBy"},
           {"changedAt", Kind::instant},
           {"changeApprovedBy"},
           {"terminationAt", Kind::instant},
           {"revokedAt", Kind::instant},
           {"revocationApprovedBy"},
           {"lastUsedAt", Kind::instant}},
          "",
          {{"createdAt", "changedAt"}, {"createdAt", "revokedAt"}, {"createdAt", "lastUsedAt"}}};
}

EvidenceKind policies() {
  return {"policies",
          "the gateway's policies, a record for each version; of the text only its SHA-256 is kept",
          {{"policyId", Kind::own_id},
           {"name"},
           {"description"},
           {"version", Kind::count},
           {"status", Kind::choice, "DRAFT ACTIVE INACTIVE DISABLED ARCHIVED"},
           {"dsl", Kind::hashed},
           {"dslSha256", Kind::digest},
           {"createdAt", Kind::instant},
           {"updatedAt", Kind::instant},
           {"effectiveAt", Kind::instant},
           {"retiredAt", Kind::instant},
           {"approvedBy"}},
          "",
          {{"createdAt", "updatedAt"}, {"effectiveAt", "retiredAt"}}};
}

EvidenceKind overrides() {
  return {"overrides",
          "a policy or cap that was set aside, by whose word and until when",
          {{"policyId", Kind::text, "", required},
           {"reason"},
           {"approvedBy"},
           {"startsAt", Kind::instant, "", required},
           {"endsAt", Kind::instant},
           {"reference"}},
          "",
          {{"startsAt", "endsAt"}}};
}

EvidenceKind changes() {
  return {"changes",
          "changes of the configuration with their ticket; auditSeq is the event they belong to",
          {{"what", Kind::text, "", required},
           {"changedAt", Kind::instant, "", required},
           {"changedBy"},
           {"approvedBy"},
           {"ticket"},
           {"testedBy"},
           {"auditSeq", Kind::count}}};
}

EvidenceKind processing_activities() {
  return {"processing-activities",
          "the records of processing of Art. 30 GDPR, as controller or as processor",
          {{"name"},
           {"role", Kind::choice, "CONTROLLER PROCESSOR", required},
           {"controller"},
           {"jointController"},
           {"representative"},
           {"dpo"},
           {"processor"},
           {"purposes", Kind::list},
           {"processingCategories", Kind::list},
           {"subjects", Kind::list},
           {"dataCategories", Kind::list},
           {"recipients", Kind::list},
           {"thirdCountries", Kind::list},
           {"safeguards", Kind::list},
           {"erasureLimits"},
           {"measures", Kind::list},
           {"lawfulBasis", Kind::choice,
            "CONSENT CONTRACT LEGAL_OBLIGATION VITAL_INTERESTS PUBLIC_TASK LEGITIMATE_INTERESTS"},
           {"reference"}}};
}

EvidenceKind providers() {
  return {"providers",
          "where a provider of the usage records processes, and on what basis data goes there",
          {{"provider", Kind::own_id},
           {"name"},
           {"regions", Kind::list},
           {"country"},
           {"basis", Kind::choice, "EEA ADEQUACY SCC DPF ART_49 NONE"},
           {"document"},
           {"role", Kind::choice, "PROCESSOR SUBPROCESSOR CONTROLLER"},
           {"assurance"},
           {"reviewedAt", Kind::instant}}};
}

EvidenceKind residency_rules() {
  return {"residency-rules",
          "the regions and providers that a tenant's data may go to; all else is a violation",
          {{"allowedRegions", Kind::list},
           {"allowedProviders", Kind::list},
           {"effectiveAt", Kind::instant},
           {"retiredAt", Kind::instant},
           {"approvedBy"},
           {"reference"}},
          "",
          {{"effectiveAt", "retiredAt"}}};
}

EvidenceKind agreements() {
  return {"agreements",
          "contracts about the processing of data, with customers and providers",
          {{"kindOf", Kind::choice, "DPA SCC BAA OTHER", required},
           {"counterparty"},
           {"reference"},
           {"signedAt", Kind::instant},
           {"validUntil", Kind::instant}},
          "",
          {{"signedAt", "validUntil"}}};
}

EvidenceKind consents() {
  return {"consents",
          "how many consents to an activity were given and withdrawn, by version of their text",
          {{"activity", Kind::text, "", required},
           {"version"},
           {"given", Kind::count},
           {"withdrawn", Kind::count},
           {"asOf", Kind::instant}}};
}

EvidenceKind retention_rules() {
  return {"retention-rules",
          "how long a category of data is kept, and how its deletion stands",
          {{"category", Kind::text, "", required},
           {"limit", Kind::days},
           {"basis"},
           {"legalHold", Kind::choice, "YES NO"},
           {"oldestAt", Kind::instant},
           {"deletionsDue", Kind::count},
           {"deletionsDone", Kind::count},
           {"deletionsOverdue", Kind::count},
           {"lastRunAt", Kind::instant},
           {"backupLag", Kind::days},
           {"asOf", Kind::instant}}};
}

EvidenceKind erasures() {
  return {"erasures",
          "requests for erasure, by their reference; no names",
          {{"category"},
           {"requestedAt", Kind::instant, "", required},
           {"dueAt", Kind::instant},
           {"doneAt", Kind::instant},
           {"outcome", Kind::choice, "ERASED PARTLY REFUSED OPEN"},
           {"reason"},
           {"reference"},
           {"proof"}},
          "",
          {{"requestedAt", "dueAt"}, {"requestedAt", "doneAt"}}};
}

EvidenceKind reviews() {
  return {"reviews",
          "reviews of access, logs, policies, and restores that were tried",
          {{"what", Kind::choice, "ACCESS LOG RESTORE_TEST POLICY RISK VENDOR", required},
           {"at", Kind::instant, "", required},
           {"from", Kind::instant},
           {"until", Kind::instant},
           {"reviewer"},
           {"reviewerRole"},
           {"findings"},
           {"followUp"},
           {"schedule"},
           {"nextDue", Kind::instant},
           {"reference"}},
          "",
          {{"from", "until"}, {"at", "nextDue"}}};
}

EvidenceKind incidents() {
  return {"incidents",
          "what went wrong, who was told, and how it ended; events are ids of the gateway's log",
          {{"what", Kind::text, "", required},
           {"severity", Kind::choice, "LOW MEDIUM HIGH CRITICAL"},
           {"detectedAt", Kind::instant, "", required},
           {"notifiedAt", Kind::instant},
           {"closedAt", Kind::instant},
           {"disposition"},
           {"personalData", Kind::choice, "YES NO"},
           {"policyId"},
           {"events", Kind::list},
           {"reference"}},
          "",
          {{"detectedAt", "notifiedAt"}, {"detectedAt", "closedAt"}}};
}

EvidenceKind logging_changes() {
  return {"logging-changes",
          "when the logging of a system was switched on or off",
          {{"log", Kind::text, "", required},
           {"state", Kind::choice, "ON OFF", required},
           {"at", Kind::instant, "", required},
           {"reason"},
           {"approvedBy"},
           {"reference"}}};
}

EvidenceKind key_rotations() {
  return {"key-rotations",
          "when the key of a log or of a provider was replaced; its name, never the key",
          {{"key", Kind::text, "", required},
           {"rotatedAt", Kind::instant, "", required},
           {"rotatedBy"},
           {"approvedBy"},
           {"reason"},
           {"reference"}}};
}

}  // namespace

std::span<const EvidenceKind> evidence_kinds() {
  static const std::vector<EvidenceKind> kinds{organization(),
                                               api_keys(),
                                               principals(),
                                               policies(),
                                               overrides(),
                                               changes(),
                                               processing_activities(),
                                               providers(),
                                               residency_rules(),
                                               agreements(),
                                               consents(),
                                               retention_rules(),
                                               erasures(),
                                               reviews(),
                                               incidents(),
                                               logging_changes(),
                                               key_rotations()};
  return kinds;
}

const EvidenceKind& evidence_kind(std::string_view name) {
  const auto kinds = evidence_kinds();
  const auto found = std::ranges::find(kinds, name, &EvidenceKind::name);
  if (found != kinds.end()) return *found;
  std::string names;
  for (const EvidenceKind& kind : kinds) {
    names += (names.empty() ? "" : ", ") + std::string(kind.name);
  }
  throw Error(ErrorCode::usage, fmt::format("there is no kind of evidence \"{}\"; the kinds are {}",
                                            std::string(name.substr(0, 60)), names));
}

}  // namespace costd
