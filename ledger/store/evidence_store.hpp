#pragma once
// What a site says about itself, record by record: those of its file, and those set over the API.

#include <optional>
#include <string>
#include <vector>

#include "ledger/evidence_record.hpp"

namespace costd {

class Connection;
class UnitOfWork;

/// Records of the kind ("" = of all), by kind and id. With a tenant: its own and those of the whole
/// site, never another tenant's.
std::vector<EvidenceRecord> load_evidence(Connection& connection, const std::string& kind,
                                          const std::optional<std::string>& tenant = std::nullopt);
std::optional<EvidenceRecord> find_evidence(Connection& connection, const std::string& kind,
                                            const std::string& id);

/// Stores the record, checked already, in place of one with its kind and id.
void store_evidence(UnitOfWork& unit, const EvidenceRecord& record);
/// False if there is none.
bool delete_evidence(UnitOfWork& unit, const std::string& kind, const std::string& id);

/// Throws Error(refused), naming the file, for a record that stands there.
void check_evidence_editable(const EvidenceRecord& record, const std::string& file);

/// "kind/id" of what a file's records have changed.
struct EvidenceChanges {
  std::vector<std::string> added;
  std::vector<std::string> changed;
  std::vector<std::string> removed;
  std::vector<std::string> taken_over;  ///< were set over the API; now the file says what holds
  bool empty() const {
    return added.empty() && changed.empty() && removed.empty() && taken_over.empty();
  }
};
/// Makes the records of the file these, checked already; those over the API stay, but for the ones
/// that now stand in the file. What has not changed keeps its time.
EvidenceChanges replace_evidence_of_file(UnitOfWork& unit,
                                         const std::vector<EvidenceRecord>& records, Instant now);

}  // namespace costd
