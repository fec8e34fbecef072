#include "config/sections.hpp"

namespace costd {
namespace {

bool has_own_names(const std::string& format) {
  return format == "litellm" || format == "otlp" || format == "openai" || format == "anthropic";
}

/// Formats that could have columns: the fields of the others have names already, but for whose
/// usage it is.
void check_columns(const YamlMap& entry, const SourceSettings& source) {
  for (const char* key : {"columns", "constants"}) {
    const std::optional<YamlValue> value = entry.find(key);
    if (value && source.format == "jsonl") {
      value->fail(value->name() + " is for csv; remove it or set format: csv");
    }
  }
  for (const auto& [field, column] : source.columns) {
    if (has_own_names(source.format) && field != "tenantId" && field != "apiKey") {
      entry.get("columns").fail("field '" + show_setting(field) + "' has its place in " +
                                source.format + "; map only tenantId and apiKey");
    }
    if (source.constants.contains(field)) {
      entry.get("constants")
          .fail("field '" + show_setting(field) +
                "' has a column and a constant; remove one of the two");
    }
    if (column.empty()) {
      entry.get("columns").fail("field '" + show_setting(field) +
                                "' has no column name; give one or remove the field");
    }
  }
}

/// What only one of the two types has.
void check_type(const YamlMap& entry, const SourceSettings& source) {
  if (!source.is_audit()) {
    if (const auto file = entry.find("secret_file")) {
      file->fail("'secret_file' is for an audit log; remove it or set type: audit");
    }
    return;
  }
  for (const char* key : {"format", "columns", "constants"}) {
    if (const auto value = entry.find(key)) {
      value->fail(value->name() +
                  " is for usage records, and this source is an audit log; remove it or set type: "
                  "spool");
    }
  }
}

SourceSettings read_source(const YamlMap& entry) {
  SourceSettings source;
  source.name = entry.get("name").text();
  source.type = entry.choice_or("type", {"spool", "audit"}, source.type);
  check_type(entry, source);
  source.path = entry.get("path").path();
  source.format = entry.choice_or(
      "format", {"auto", "jsonl", "csv", "litellm", "otlp", "openai", "anthropic"}, source.format);
  if (const auto file = entry.find("secret_file")) source.secret_file = file->path();
  if (const auto settle = entry.find("settle")) source.settle = settle->duration();
  if (const auto columns = entry.find("columns")) source.columns = columns->pairs();
  if (const auto constants = entry.find("constants")) source.constants = constants->pairs();
  check_columns(entry, source);
  return source;
}

}  // namespace

std::chrono::days read_ingest_horizon(const YamlMap& file, std::chrono::days missing) {
  constexpr std::chrono::days horizon_max{40};
  const auto block = file.find("ingest");
  if (!block) return missing;
  const auto horizon = block->map({"horizon"}).find("horizon");
  if (!horizon) return missing;
  const std::chrono::seconds given = horizon->duration();
  const auto days = std::chrono::duration_cast<std::chrono::days>(given);
  if (days != given || days > horizon_max) {
    horizon->fail_as_written("not whole days up to 40d; write one such as 1d");
  }
  return days;
}

std::vector<SourceSettings> read_sources(const YamlValue& list) {
  std::vector<SourceSettings> sources;
  UniqueNames names;
  std::map<std::string, int> lines_of_paths;
  for (const YamlValue& item : list.items()) {
    const YamlMap entry = item.map(
        {"name", "type", "path", "format", "settle", "columns", "constants", "secret_file"});
    sources.push_back(read_source(entry));
    names.add(entry.get("name"));
    const YamlValue path = entry.get("path");
    const auto [known, is_new] = lines_of_paths.try_emplace(sources.back().path, path.place().line);
    if (!is_new) {
      path.fail_as_written("the folder of the source in line " + std::to_string(known->second) +
                           " already; give each source its own");
    }
  }
  if (sources.empty()) list.fail("'sources' is an empty list; name at least one spool folder");
  return sources;
}

}  // namespace costd
