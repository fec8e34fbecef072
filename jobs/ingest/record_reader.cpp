#include "jobs/ingest/record_reader.hpp"

namespace costd {

std::unique_ptr<RecordReader> make_record_reader(RecordFormat format, const RecordRules& rules,
                                                 const CsvMapping& mapping,
                                                 std::string_view first_line) {
  switch (format) {
    case RecordFormat::csv:
      return make_csv_reader(rules, mapping, first_line);
    case RecordFormat::litellm:
      return make_litellm_reader(rules, mapping, first_line);
    case RecordFormat::otlp:
      return make_otlp_reader(rules, mapping);
    case RecordFormat::openai:
      return make_openai_reader(rules, mapping);
    case RecordFormat::anthropic:
      return make_anthropic_reader(rules, mapping);
    case RecordFormat::jsonl:
      break;
  }
  return make_json_reader(rules);
}

}  // namespace costd
