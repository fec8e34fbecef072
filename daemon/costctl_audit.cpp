// The commands about audit chains: the daemon's own one, and files of it or of the gateway's log.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <optional>
#include <ostream>

#include "daemon/audit_json.hpp"
#include "daemon/costctl_client.hpp"
#include "daemon/costctl_files.hpp"
#include "daemon/costctl_handlers.hpp"
#include "daemon/costctl_key.hpp"
#include "daemon/costctl_table.hpp"
#include "daemon/costctl_text.hpp"
#include "jobs/ingest/input_stream.hpp"
#include "ledger/gateway_chain.hpp"
#include "ledger/own_chain.hpp"

namespace costd {
namespace {

constexpr std::size_t secret_characters_min = 32;
constexpr std::size_t line_bytes_max = 1 << 20;
constexpr auto rows_at_once = "1000";

const TableModel findings_model{{{"LINE", "/line", CellKind::count},
                                 {"SEQ", "/seq"},
                                 {"CHAIN", "/chain"},
                                 {"KIND", "/kind"},
                                 {"EVENT", "/eventId"},
                                 {"WHAT", "/what", CellKind::whole_text}},
                                ""};
const TableModel events_model{{{"SEQ", "/seq"},
                               {"AT", "/ts", CellKind::instant},
                               {"ACTOR", "/actor/name"},
                               {"ACTION", "/action"},
                               {"OBJECT", "/object"},
                               {"TENANT", "/tenant"},
                               {"OUTCOME", "/outcome"},
                               {"REASON", "/reason"}},
                              "nothing is on record"};
const std::vector<Column> verification_facts{{"Result", "/result"},
                                             {"Chain", "/chain"},
                                             {"Events", "/events", CellKind::count},
                                             {"First", "/firstSeq"},
                                             {"of", "/firstAt", CellKind::instant},
                                             {"Last", "/lastSeq"},
                                             {"of", "/lastAt", CellKind::instant},
                                             {"Anchor", "/anchor", CellKind::whole_text},
                                             {"Not anchored", "/unanchoredEvents", CellKind::count},
                                             {"Checkpoints", "/checkpoints", CellKind::count},
                                             {"Key", "/keyId"}};

/// Lines of files, one file after the other; each file's last line may lack its end.
template <typename TakeLine>
void read_lines(const std::string& file, TakeLine take) {
  const auto input = open_input(file);
  std::array<char, 1 << 16> buffer{};
  std::string rest;
  while (const std::size_t size = input->read(buffer.data(), buffer.size())) {
    std::string_view bytes(buffer.data(), size);
    for (std::size_t end = bytes.find('\n'); end != std::string_view::npos;
         end = bytes.find('\n')) {
      if (rest.empty()) {
        take(bytes.substr(0, end), true);
      } else {
        rest += bytes.substr(0, end);
        take(std::string_view(rest), true);
        rest.clear();
      }
      bytes.remove_prefix(end + 1);
    }
    rest += bytes;
    if (rest.size() > line_bytes_max) {
      throw Error(ErrorCode::data, fmt::format("{} has a line of more than a megabyte; it is no "
                                               "audit log",
                                               file));
    }
  }
  if (!rest.empty()) take(std::string_view(rest), false);
}

/// costd's own export, not the gateway's log, by how it begins.
bool is_own_export(const std::string& file) {
  constexpr std::array begins{key_line_begin, checkpoint_line_begin,
                              std::string_view(R"({"action":)")};
  const auto input = open_input(file);
  std::string bytes(checkpoint_line_begin.size(), '\0');
  std::size_t size = 0;
  while (size < bytes.size()) {
    const std::size_t more = input->read(bytes.data() + size, bytes.size() - size);
    if (more == 0) break;
    size += more;
  }
  return std::ranges::any_of(begins,
                             [&](std::string_view begin) { return bytes.starts_with(begin); });
}

/// From the file, else from the gateway's own variable. Never from an argument: others see those.
std::string secret_of(const Arguments& arguments) {
  std::string secret;
  if (const auto file = arguments.get("secret-file"); !file.empty()) {
    std::ifstream input(file, std::ios::binary);
    if (!input) throw Error(ErrorCode::usage, "cannot read the secret's file " + file);
    secret.assign(std::istreambuf_iterator<char>(input), {});
    while (!secret.empty() && (secret.back() == '\n' || secret.back() == '\r')) secret.pop_back();
  } else if (const char* const named = std::getenv("DVARA_AUDIT_HMAC_SECRET")) {
    secret = named;
  } else {
    throw Error(ErrorCode::usage,
                "the gateway's log is verified with its secret: give --secret-file FILE, or "
                "DVARA_AUDIT_HMAC_SECRET in the environment");
  }
  if (secret.size() >= secret_characters_min) return secret;
  throw Error(ErrorCode::usage,
              "the secret has less than 32 characters; the gateway takes none such");
}

std::optional<ChainAnchor> anchor_of(const Arguments& arguments) {
  if (!arguments.has("anchor")) return std::nullopt;
  return parse_chain_anchor(arguments.get("anchor"));
}

/// The id of the key in --key, or "".
std::string pinned_id(const Arguments& arguments) {
  const auto key = pinned_key(arguments);
  return key ? key->id : "";
}

Json verify_files(const Arguments& arguments) {
  const auto files = arguments.all("FILE");
  const auto anchor = anchor_of(arguments);
  if (is_own_export(files.front())) {
    OwnChain chain;
    for (const std::string& file : files) {
      read_lines(file, [&](std::string_view line, bool has_end) { chain.add_line(line, has_end); });
    }
    return verification_json("costd", {{"", chain.judge(anchor, pinned_id(arguments))}});
  }
  if (arguments.has("key")) {
    throw Error(ErrorCode::usage,
                "--key is for costd's own chain; the gateway's log has no signatures");
  }
  GatewayChain chain(secret_of(arguments));
  for (const std::string& file : files) {
    read_lines(file, [&](std::string_view line, bool has_end) { chain.add(line, has_end); });
  }
  return verification_json("gateway", chain.judge(anchor));
}

int print_verification(Context& context, const Json& verification) {
  const auto findings = verification.value("findings", Json::array());
  if (context.format == OutputFormat::json) {
    print_json(context, verification);
  } else if (context.format == OutputFormat::csv) {
    print_rows(context, findings_model, findings, verification);
  } else {
    context.out << render_facts(verification_facts, verification);
    if (!findings.empty()) context.out << "\n" << render_table(findings_model, findings);
    const auto unprotected = verification.value("unprotected", Json::array());
    if (!unprotected.empty()) context.out << "\nWhat this cannot show\n";
    for (const auto& sentence : unprotected) {
      context.out << "  " << printable(sentence.get<std::string>()) << "\n";
    }
  }
  const auto result = verification.value("result", "");
  if (result == "PASS") return 0;
  return result == "INCOMPLETE" ? exit_incomplete : 1;
}

Json load_events(const Context& context, const std::map<std::string, std::string>& query) {
  return call_json(context, "GET", with_query("/audit/events", query));
}

/// Takes the rows of a list page by page, up to the row numbered `last`.
template <typename Take>
void for_each_numbered(const Context& context, const char* list, const char* number,
                       std::int64_t last, Take take) {
  for (std::int64_t after = 0; after < last;) {
    const auto answer =
        call_json(context, "GET",
                  with_query(std::string("/audit/") + list,
                             {{"after", std::to_string(after)}, {"limit", rows_at_once}}));
    const std::int64_t before = after;
    for (const auto& row : answer.at(list)) {
      after = row.at(number).template get<std::int64_t>();
      if (after > last) return;
      take(row);
    }
    if (after == before) return;
  }
}

/// Sorted members are the order that hashes and the form of a line stand on.
std::string sorted_line(const Json& json) {
  return nlohmann::json::parse(json.dump()).dump() + "\n";
}

}  // namespace

int verify_audit(Context& context, const Arguments& arguments) {
  if (arguments.has("FILE")) return print_verification(context, verify_files(arguments));
  if (arguments.has("secret-file")) {
    throw Error(ErrorCode::usage,
                "name the files of the gateway's log to verify; without a file "
                "the daemon's own chain is, which has no secret");
  }
  std::map<std::string, std::string> query;
  if (arguments.has("anchor")) query["anchor"] = arguments.get("anchor");
  if (arguments.has("key")) query["key"] = pinned_id(arguments);
  return print_verification(context, call_json(context, "GET", with_query("/audit/verify", query)));
}

int list_audit_events(Context& context, const Arguments& arguments) {
  const auto answer = load_events(context, arguments.options());
  print_rows(context, events_model, answer.at("events"), answer);
  return 0;
}

int export_audit_events(Context& context, const Arguments& arguments) {
  const std::string file = arguments.get("to");
  const auto about = call_json(context, "GET", "/audit/export");
  const auto events = about.at("events").get<std::int64_t>();
  write_file(folder_of(file), file_name_of(file), [&](const TakeBytes& take) {
    // What vouches for the events stands before them, so that a file that was cut short shows.
    for (const auto& key : about.at("keys")) take(sorted_line({{"key", key}}));
    for_each_numbered(context, "checkpoints", "number", about.at("checkpoints").get<std::int64_t>(),
                      [&](const Json& row) {
                        take(sorted_line({{"checkpoint", row}}));
                      });
    for_each_numbered(context, "events", "seq", events,
                      [&](const Json& row) { take(sorted_line(row)); });
  });
  context.err << fmt::format("{} events are in {}; verify them with: costctl audit verify {}\n",
                             events, file, file);
  return 0;
}

}  // namespace costd
