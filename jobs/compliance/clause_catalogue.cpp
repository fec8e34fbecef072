#include "jobs/compliance/clause_catalogue.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "jobs/durable_file.hpp"
#include "ledger/error.hpp"

namespace costd {
namespace {

/// Criteria that hold only where the category is in scope (TSP section 100): by how they begin.
struct CategoryPrefix {
  std::string_view prefix;
  std::string_view category;
};
constexpr std::array<CategoryPrefix, 4> category_prefixes{{{"A1", "availability"},
                                                           {"C1", "confidentiality"},
                                                           {"PI1", "processing_integrity"},
                                                           {"P1", "privacy"}}};

bool is_in_scope(const std::string& clause, const std::vector<std::string>& categories) {
  return std::ranges::none_of(category_prefixes, [&](const CategoryPrefix& each) {
    return clause.starts_with(each.prefix) &&
           std::ranges::find(categories, each.category) == categories.end();
  });
}

}  // namespace

ClauseCatalogue::ClauseCatalogue(const std::string& templates_dir)
    : file_(templates_dir + "/compliance/clauses.json") {
  try {
    const auto json = nlohmann::json::parse(read_file(file_));
    version_ = json.at("version").get<std::string>();
    clauses_ = json.at("clauses").get<std::map<std::string, std::string>>();
    for (const auto& [name, from] : json.at("types").items()) {
      Type type{from.at("title"), from.at("wording"), {}};
      for (const auto& [id, section] : from.at("sections").items()) {
        type.sections.emplace(id, Section{section.at("title"), section.value("intro", ""),
                                          section.at("clauses").get<std::vector<std::string>>()});
      }
      types_.emplace(name, std::move(type));
    }
  } catch (const nlohmann::json::exception& error) {
    refuse(error.what());
  }
}

void ClauseCatalogue::refuse(const std::string& what) const {
  throw Error(ErrorCode::config,
              file_ + ": " + what + "; put the file of this version of costd back, or mend it");
}

const std::string& ClauseCatalogue::title(ComplianceType type) const {
  const auto found = types_.find(name_of(type));
  if (found == types_.end()) refuse(std::string("it has no type ") + name_of(type));
  return found->second.title;
}

const std::string& ClauseCatalogue::wording(ComplianceType type) const {
  title(type);
  return types_.at(name_of(type)).wording;
}

ReportSection ClauseCatalogue::section(ComplianceType type, const std::string& id,
                                       const std::vector<std::string>& soc2_categories) const {
  title(type);
  const Type& words = types_.at(name_of(type));
  const auto found = words.sections.find(id);
  if (found == words.sections.end()) {
    refuse(std::string(name_of(type)) + " has no section " + id);
  }
  ReportSection section{id, found->second.title, found->second.intro, {}, {}};
  for (const std::string& clause : found->second.clauses) {
    if (type == ComplianceType::soc2 && !is_in_scope(clause, soc2_categories)) continue;
    const auto text = clauses_.find(clause);
    if (text == clauses_.end()) refuse("clause " + clause + " has no text");
    section.clauses.push_back({clause, text->second});
  }
  return section;
}

}  // namespace costd
