#pragma once
// Pages of usage reports: a list of buckets of time, each with the results of its groups.

#include <vector>

#include "jobs/ingest/adapter.hpp"

namespace costd {

/// Reads one page. What a provider calls its fields is for the class that knows them.
class UsagePageReader : public RecordReader {
 public:
  UsagePageReader(RecordRules rules, CsvMapping mapping)
      : rules_(std::move(rules)), mapping_(std::move(mapping)) {}
  void parse(const Line& document, std::vector<ParsedLine>& parsed) override;

 protected:
  /// Fills the fields from a result. False if it stands for no usage. May throw BadValue.
  virtual bool read_result(JsonObject bucket, JsonObject result, UsageFields& fields) = 0;

  /// The text that the site's mapping names for the record field, else the one under `usual`.
  std::string_view mapped_text(JsonObject result, const std::string& field,
                               std::string_view usual) const;
  /// A bucket and the members that its results are grouped by, as one text: the same group of the
  /// same bucket has the same id in every download. Kept until the next result.
  std::string_view id_of(const std::string& bucket, JsonObject result,
                         std::initializer_list<std::string_view> groups);

 private:
  void take_result(JsonObject bucket, JsonObject result, std::vector<ParsedLine>& parsed);

  RecordRules rules_;
  CsvMapping mapping_;
  simdjson::dom::parser parser_;
  UsageFields fields_;
  std::string id_;
};

/// Keeps the members that are there as tags of their own names.
void keep_as_tags(JsonObject result, std::initializer_list<std::string_view> names,
                  UsageFields& fields);

/// The model; throws BadValue saying what to ask the provider for if the report is not by model.
std::string_view required_model(JsonObject result, std::string_view query);

}  // namespace costd
