#include "jobs/ingest/format.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "jobs/ingest/record_reader.hpp"

namespace costd {
namespace {

constexpr std::array<std::string_view, 6> format_names{"jsonl", "csv",    "litellm",
                                                       "otlp",  "openai", "anthropic"};
constexpr std::string_view blanks = " \t\r\n";
constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

using Names = std::set<std::string, std::less<>>;

/// The keys of one JSON object: its own, and those of all values inside of it.
struct JsonKeys {
  Names own;
  Names inner;
};

/// Where the text literal that begins at the quote `at` ends: behind its closing quote, or npos.
std::size_t end_of_literal(std::string_view text, std::size_t at) {
  for (++at; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == '"') {
      return at + 1;
    }
  }
  return std::string_view::npos;
}

/// Up to the object's end, or as far as the text goes.
JsonKeys keys_of(std::string_view text) {
  JsonKeys keys;
  int depth = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '{' || c == '[') ++depth;
    if ((c == '}' || c == ']') && --depth == 0) break;
    if (c != '"') continue;
    const std::size_t end = end_of_literal(text, at);
    if (end == std::string_view::npos) break;
    const std::size_t next = text.find_first_not_of(blanks, end);
    if (next != std::string_view::npos && text[next] == ':') {
      (depth == 1 ? keys.own : keys.inner).emplace(text.substr(at + 1, end - at - 2));
    }
    at = end - 1;
  }
  return keys;
}

bool are_litellm_columns(const Names& names) {
  return names.contains("request_id") &&
         (names.contains("prompt_tokens") || names.contains("startTime"));
}

RecordFormat format_of_json(std::string_view text) {
  const auto [own, inner] = keys_of(text);
  for (const char* key : {"resourceSpans", "resourceMetrics", "resourceLogs"}) {
    if (own.contains(key)) return RecordFormat::otlp;
  }
  if (are_litellm_columns(own)) return RecordFormat::litellm;
  if (own.contains("data")) {
    if (inner.contains("uncached_input_tokens") || inner.contains("starting_at")) {
      return RecordFormat::anthropic;
    }
    if (inner.contains("start_time") && inner.contains("results")) return RecordFormat::openai;
    // A page without buckets; only OpenAI's says that it is one.
    if (own.contains("has_more")) {
      return own.contains("object") ? RecordFormat::openai : RecordFormat::anthropic;
    }
  }
  return RecordFormat::jsonl;
}

bool is_csv_name(const std::string& name) {
  return name.ends_with(".csv") || name.ends_with(".csv.gz") || name.ends_with(".csv.zst");
}

Names columns_of(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  const auto columns = split_csv(line);
  return columns ? Names(columns->begin(), columns->end()) : Names{};
}

}  // namespace

std::string_view name_of(RecordFormat format) {
  return format_names.at(static_cast<std::size_t>(format));
}

std::optional<RecordFormat> parse_record_format(std::string_view text) {
  const auto* const found = std::ranges::find(format_names, text);
  if (found == format_names.end()) return std::nullopt;
  return static_cast<RecordFormat>(found - format_names.begin());
}

RecordFormat detect_format(std::string_view head, const std::string& file_name) {
  if (head.starts_with(byte_order_mark)) head.remove_prefix(byte_order_mark.size());
  head.remove_prefix(std::min(head.find_first_not_of(blanks), head.size()));
  const bool is_csv = is_csv_name(file_name);
  if (!is_csv && head.starts_with('{')) return format_of_json(head);
  const Names columns = columns_of(head.substr(0, head.find('\n')));
  if (are_litellm_columns(columns)) return RecordFormat::litellm;
  if (is_csv) return RecordFormat::csv;
  // Under another name only a header that needs no mapping is known for one.
  const bool has_record_field =
      columns.size() > 1 && std::ranges::any_of(usage_field_names(), [&](const std::string& field) {
        return columns.contains(field);
      });
  return has_record_field ? RecordFormat::csv : RecordFormat::jsonl;
}

bool is_document_format(RecordFormat format) {
  return format == RecordFormat::openai || format == RecordFormat::anthropic;
}

bool begins_with_header(RecordFormat format, std::string_view first_line) {
  if (format == RecordFormat::csv) return true;
  if (first_line.starts_with(byte_order_mark)) first_line.remove_prefix(byte_order_mark.size());
  const std::size_t first = first_line.find_first_not_of(blanks);
  return format == RecordFormat::litellm && first != std::string_view::npos &&
         first_line[first] != '{';
}

}  // namespace costd
