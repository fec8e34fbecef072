#include "ledger/evidence_record.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>

#include "ledger/audit_event.hpp"
#include "ledger/error.hpp"
#include "ledger/sha256.hpp"
#include "ledger/time/calendar.hpp"
#include "ledger/trimmed.hpp"

namespace costd {
namespace {

using Kind = EvidenceField::Kind;

constexpr std::size_t value_bytes_max = 4000;
constexpr std::size_t hashed_bytes_max = 1'048'576;
constexpr std::size_t id_bytes_max = 200;
constexpr std::size_t key_prefix_bytes_max = 16;
constexpr const char* digest_suffix = "Sha256";
constexpr const char* no_key_material =
    "costd keeps no key material; leave it out, the id and keyPrefix tell keys apart";

CheckedValue good(std::string value) {
  return {std::move(value), ""};
}

CheckedValue faulty(std::string fault, CheckedValue::Shown shown_value = CheckedValue::Shown::yes) {
  return {"", std::move(fault), shown_value};
}

bool has_control_characters(const std::string& text) {
  return std::ranges::any_of(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(separator, at), text.size());
    parts.push_back(trimmed(text.substr(at, end - at)));
    at = end + 1;
  }
  return parts;
}

bool is_token_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_';
}

/// A word that begins as providers' keys do and is as long as they are.
bool holds_secret(const std::string& text) {
  static constexpr std::array<std::string_view, 10> prefixes{
      "sk-", "sk_live_", "AIza", "gsk_", "xai-", "hf_", "r8_", "AKIA", "ASIA", "whsec_"};
  constexpr std::size_t secret_bytes_min = 20;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && is_token_character(text[end])) ++end;
    const std::string_view word = std::string_view(text).substr(at, end - at);
    const bool is_key = std::ranges::any_of(
        prefixes, [&](std::string_view prefix) { return word.starts_with(prefix); });
    if (word.size() >= secret_bytes_min && is_key) return true;
    at = end + 1;
  }
  return text.find("-----BEGIN") != std::string::npos;
}

bool is_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

std::string without_leading_zeros(std::string_view digits) {
  const auto from = std::min(digits.find_first_not_of('0'), digits.size() - 1);
  return std::string(digits.substr(from));
}

/// As it is written in the choices, whatever case somebody wrote; nothing if it is none of them.
std::optional<std::string> find_choice(const EvidenceField& field, const std::string& text) {
  const auto upper = [](std::string word) {
    for (char& c : word) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    return word;
  };
  const auto choices = choices_of(field);
  const auto found = std::ranges::find(choices, upper(text));
  return found == choices.end() ? std::nullopt : std::optional(*found);
}

CheckedValue check_choice(const EvidenceField& field, const std::string& text) {
  if (const auto choice = find_choice(field, text)) return good(*choice);
  return faulty(
      fmt::format("which is not known; write one of {}", fmt::join(choices_of(field), ", ")));
}

CheckedValue check_list(const EvidenceField& field, const std::string& text) {
  std::vector<std::string> kept;
  for (std::string& entry : split(text, ',')) {
    if (entry.empty()) return faulty("a list with a blank entry; remove one of the commas");
    if (!field.choices.empty()) {
      CheckedValue choice = check_choice(field, entry);
      if (!choice.fault.empty()) return choice;
      entry = std::move(choice.value);
    }
    if (std::ranges::find(kept, entry) != kept.end()) {
      return faulty("a list that holds an entry twice; remove one of the two");
    }
    kept.push_back(std::move(entry));
  }
  return good(fmt::format("{}", fmt::join(kept, ", ")));
}

CheckedValue check_instant(const std::string& text) {
  if (const auto day = parse_day(text)) return good(format_day(*day));
  if (const auto instant = parse_instant(text)) return good(format_instant(*instant));
  return faulty("which is no instant; write one such as 2026-10-01T08:30:00Z, or a date");
}

CheckedValue check_count(const std::string& text) {
  constexpr std::size_t digits_max = 15;
  if (is_digits(text) && text.size() <= digits_max) return good(without_leading_zeros(text));
  return faulty("not a whole number from 0; write one such as 12");
}

CheckedValue check_days(const std::string& text) {
  constexpr std::size_t digits_max = 5;
  const std::string number = text.substr(0, text.empty() ? 0 : text.size() - 1);
  if (text.ends_with('d') && is_digits(number) && number.size() <= digits_max) {
    return good(without_leading_zeros(number) + "d");
  }
  return faulty("not whole days; write them such as 400d");
}

bool is_time_of_day(std::string_view text) {
  return text.size() == 5 && text[2] == ':' && is_digits(text.substr(0, 2)) &&
         is_digits(text.substr(3)) && text.substr(0, 2) <= "23" && text.substr(3) <= "59";
}

CheckedValue check_hours(const std::string& text) {
  const std::vector<std::string> ends = split(text, '-');
  if (ends.size() == 2 && is_time_of_day(ends[0]) && is_time_of_day(ends[1]) && ends[0] < ends[1]) {
    return good(ends[0] + "-" + ends[1]);
  }
  return faulty("which are no hours of a day; write them such as 07:00-19:00");
}

CheckedValue check_digest(const std::string& text) {
  const bool is_hex = std::ranges::all_of(
      text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
  if (text.size() == 64 && is_hex) return good(text);
  return faulty("which is no SHA-256; write its 64 digits of lower-case hex");
}

CheckedValue check_text(const EvidenceField& field, const std::string& text) {
  if (field.name == "keyPrefix" && text.size() > key_prefix_bytes_max) {
    return faulty(fmt::format("is longer than {} characters, as long as a key may be; write its "
                              "first few characters",
                              key_prefix_bytes_max),
                  CheckedValue::Shown::no);
  }
  return good(text);
}

CheckedValue check_by_kind(const EvidenceField& field, const std::string& text) {
  switch (field.kind) {
    case Kind::list:
      return check_list(field, text);
    case Kind::instant:
      return check_instant(text);
    case Kind::choice:
      return check_choice(field, text);
    case Kind::count:
      return check_count(text);
    case Kind::days:
      return check_days(text);
    case Kind::hours:
      return check_hours(text);
    case Kind::digest:
      return check_digest(text);
    default:
      return check_text(field, text);
  }
}

/// What somebody wrote, cut and without control characters.
std::string shown_value(const std::string& text) {
  constexpr std::size_t shown_max = 60;
  std::string safe = text.substr(0, shown_max);
  std::ranges::replace_if(
      safe, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, '?');
  return text.size() > shown_max ? safe + "..." : safe;
}

[[noreturn]] void refuse(const EvidenceRecord& record, const std::string& fault) {
  throw Error(ErrorCode::usage,
              fmt::format("{} \"{}\": {}", record.kind, shown_value(record.id), fault));
}

void check_id(const EvidenceKind& kind, const EvidenceRecord& record) {
  if (!kind.only_id.empty() && (record.id != kind.only_id || !record.tenant.empty())) {
    refuse(record, fmt::format("there is one record of {0}, with the id \"{1}\" and no tenant; "
                               "write it to {1}",
                               kind.name, kind.only_id));
  }
  if (record.id.empty()) refuse(record, "the id is missing; give each record one of its own");
  if (record.id.size() > id_bytes_max) {
    refuse(record, fmt::format("the id has {} bytes; at most {} are possible", record.id.size(),
                               id_bytes_max));
  }
  if (has_control_characters(record.id) || record.id.find('/') != std::string::npos ||
      trimmed(record.id) != record.id) {
    refuse(record,
           "the id has a slash, a control character or a blank at an end; write it without");
  }
  if (holds_secret(record.id)) {
    throw Error(ErrorCode::usage,
                fmt::format("{}: an id looks like a key; {}", record.kind, no_key_material));
  }
}

[[noreturn]] void refuse_unknown(const EvidenceKind& kind, const EvidenceRecord& record,
                                 const std::string& field) {
  std::string names;
  for (const EvidenceField& known : kind.fields) {
    if (known.kind == Kind::refused) continue;
    names += (names.empty() ? "" : ", ") + std::string(known.name);
  }
  refuse(record,
         fmt::format("there is no field \"{}\"; the fields are {}", shown_value(field), names));
}

void set_field(EvidenceRecord& record, const EvidenceField& field, const std::string& text) {
  const std::string name(field.name);
  const CheckedValue checked = check_value(field, text);
  if (!checked.fault.empty()) {
    refuse(record, checked.shown == CheckedValue::Shown::yes
                       ? fmt::format("{} is \"{}\", {}", name, shown_value(text), checked.fault)
                       : fmt::format("{} {}", name, checked.fault));
  }
  if (checked.value.empty()) return;
  const std::string kept_as = field.kind == Kind::hashed ? name + digest_suffix : name;
  const auto [kept, is_new] = record.fields.emplace(kept_as, checked.value);
  if (!is_new && kept->second != checked.value) {
    refuse(record, fmt::format("{} is not the SHA-256 of the text given with it; leave it out, it "
                               "follows from that",
                               kept_as));
  }
}

void check_needs(const EvidenceKind& kind, const EvidenceRecord& record) {
  for (const EvidenceField& field : kind.fields) {
    if (field.need == EvidenceField::Need::required &&
        !record.fields.contains(std::string(field.name))) {
      refuse(record, fmt::format("{} is missing; give it", field.name));
    }
  }
}

/// By UTC days, which is what a date and an instant have in common.
void check_order(const EvidenceKind& kind, const EvidenceRecord& record) {
  constexpr std::size_t day_characters = 10;
  for (const auto& [first, second] : kind.in_order) {
    const std::string from = record.get(std::string(first));
    const std::string to = record.get(std::string(second));
    if (from.empty() || to.empty()) continue;
    if (to.substr(0, day_characters) < from.substr(0, day_characters)) {
      refuse(record,
             fmt::format("{} {} is before {} {}; correct one of the two", second, to, first, from));
    }
  }
}

}  // namespace

const char* name_of(EvidenceField::Kind kind) {
  static constexpr std::array names{"text",  "list",   "instant", "choice", "count",  "days",
                                    "hours", "digest", "hashed",  "own_id", "refused"};
  return names.at(static_cast<std::size_t>(kind));
}

std::vector<std::string> choices_of(const EvidenceField& field) {
  return field.choices.empty() ? std::vector<std::string>{} : split(field.choices, ' ');
}

const EvidenceField* EvidenceKind::find(std::string_view field) const {
  const auto found = std::ranges::find(fields, field, &EvidenceField::name);
  return found == fields.end() ? nullptr : &*found;
}

std::string yaml_name(std::string_view name) {
  std::string snake;
  for (const char c : name) {
    const bool is_upper = c >= 'A' && c <= 'Z';
    if (is_upper) snake += '_';
    snake += is_upper ? static_cast<char>(c - 'A' + 'a') : c == '-' ? '_' : c;
  }
  return snake;
}

std::string EvidenceRecord::get(const std::string& field) const {
  const auto found = fields.find(field);
  return found == fields.end() ? "" : found->second;
}

std::vector<std::string> EvidenceRecord::list(const std::string& field) const {
  const std::string text = get(field);
  return text.empty() ? std::vector<std::string>{} : split(text, ',');
}

const char* name_of(EvidenceRecord::Origin origin) {
  return origin == EvidenceRecord::Origin::file ? "file" : "api";
}

CheckedValue check_value(const EvidenceField& field, const std::string& text) {
  constexpr auto hidden = CheckedValue::Shown::no;
  if (field.kind == Kind::refused)
    return faulty("is not taken: " + std::string(no_key_material), hidden);
  const bool is_hashed = field.kind == Kind::hashed;
  const std::size_t bytes_max = is_hashed ? hashed_bytes_max : value_bytes_max;
  if (text.size() > bytes_max) {
    return faulty(fmt::format("has {} bytes, the limit is {}; shorten it", text.size(), bytes_max),
                  hidden);
  }
  if (is_hashed) return good(text.empty() ? "" : sha256_hex(text));
  if (has_control_characters(text)) {
    return faulty("with a line end or control character; write it in one line without");
  }
  if (holds_secret(text)) {
    return faulty("looks like a key: " + std::string(no_key_material), hidden);
  }
  const std::string value = trimmed(text);
  return value.empty() ? good("") : check_by_kind(field, value);
}

EvidenceRecord checked(EvidenceRecord record) {
  const EvidenceKind& kind = evidence_kind(record.kind);
  check_id(kind, record);
  const std::map<std::string, std::string> given = std::move(record.fields);
  record.fields.clear();
  for (const auto& [name, text] : given) {
    const EvidenceField* field = kind.find(name);
    if (field == nullptr) refuse_unknown(kind, record, name);
    set_field(record, *field, text);
  }
  for (const EvidenceField& field : kind.fields) {
    if (field.kind == Kind::own_id) record.fields.emplace(field.name, record.id);
  }
  check_needs(kind, record);
  check_order(kind, record);
  return record;
}

std::string canonical_text(const EvidenceRecord& record) {
  return nlohmann::json{{"kind", record.kind},
                        {"id", record.id},
                        {"tenant", record.tenant},
                        {"fields", record.fields}}
      .dump();
}

}  // namespace costd
