#pragma once
// The words of compliance reports that auditors and counsel may want to change: titles, what a
// section is evidence for, and what each clause asks for. Kept in templates/compliance.

#include <map>
#include <string>
#include <vector>

#include "reports/compliance_model.hpp"

namespace costd {

class ClauseCatalogue {
 public:
  /// Reads FOLDER/compliance/clauses.json. Throws Error(config) naming the file and what is
  /// missing.
  explicit ClauseCatalogue(const std::string& templates_dir);

  const std::string& version() const { return version_; }
  const std::string& title(ComplianceType type) const;
  const std::string& wording(ComplianceType type) const;
  /// A section with its title, intro and clauses, and no blocks yet. Clauses of a SOC 2 category
  /// that is not in scope are left out.
  ReportSection section(ComplianceType type, const std::string& id,
                        const std::vector<std::string>& soc2_categories) const;

 private:
  struct Section {
    std::string title;
    std::string intro;
    std::vector<std::string> clauses;
  };
  struct Type {
    std::string title;
    std::string wording;
    std::map<std::string, Section> sections;
  };
  [[noreturn]] void refuse(const std::string& what) const;

  std::string file_;
  std::string version_;
  std::map<std::string, Type> types_;
  std::map<std::string, std::string> clauses_;
};

}  // namespace costd
