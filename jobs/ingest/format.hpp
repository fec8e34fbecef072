#pragma once
// The formats that sources write, and how a file's format is told from its beginning.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace costd {

enum class RecordFormat : std::uint8_t {
  jsonl,      ///< the gateway's own JSON lines
  csv,        ///< CSV with a header, by field names or mapped
  litellm,    ///< rows of LiteLLM_SpendLogs, as JSON lines or as CSV
  otlp,       ///< OTLP/JSON lines with OpenTelemetry GenAI spans
  openai,     ///< pages of OpenAI's organization usage
  anthropic,  ///< pages of Anthropic's usage report for messages
};

/// As in the configuration: "jsonl", "csv", ...
std::string_view name_of(RecordFormat format);
/// Nothing for any other text, "auto" among them.
std::optional<RecordFormat> parse_record_format(std::string_view text);

/// What detect_format wants to see of a file, where there is as much.
inline constexpr std::size_t format_head_bytes = 64 << 10;

/// The format of a file that begins with `head` (decompressed, perhaps cut off anywhere). A name in
/// .csv, .csv.gz or .csv.zst is CSV whatever the content; what cannot be told is jsonl.
RecordFormat detect_format(std::string_view head, const std::string& file_name);

/// True where a record is not framed by its line but by a whole JSON document, which may stand on
/// many lines; see document_end.
bool is_document_format(RecordFormat format);

/// True if the first line of such a file holds the names of its columns and no record.
bool begins_with_header(RecordFormat format, std::string_view first_line);

}  // namespace costd
