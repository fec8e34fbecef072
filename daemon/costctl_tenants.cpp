// The tenants commands.

#include <fmt/format.h>

#include <ostream>

#include "daemon/costctl_client.hpp"
#include "daemon/costctl_confirm.hpp"
#include "daemon/costctl_handlers.hpp"
#include "daemon/costctl_table.hpp"
#include "daemon/costctl_text.hpp"

namespace costd {
namespace {

const TableModel tenants_model{{{"ID", "/id"},
                                {"NAME", "/name"},
                                {"REGION", "/region"},
                                {"TIME ZONE", "/timeZone"},
                                {"METADATA", "/metadata"},
                                {"SETTINGS", "/settings"},
                                {"ORIGIN", "/origin"}},
                               "no tenants yet; they appear with their first record"};

const std::vector<Column> tenant_facts{{"Tenant", "/id"},
                                       {"Name", "/name", CellKind::whole_text},
                                       {"Region", "/region"},
                                       {"Time zone", "/timeZone"},
                                       {"Metadata", "/metadata", CellKind::whole_text},
                                       {"Settings", "/settings", CellKind::whole_text},
                                       {"In effect", "/effectiveMetadata", CellKind::whole_text},
                                       {"Described by", "/origin"}};

/// Without the pairs that are not there, which would show as {}.
Json without_repeats(Json tenant) {
  for (const char* member : {"metadata", "settings", "effectiveMetadata"}) {
    if (tenant.value(member, Json::object()).empty()) tenant[member] = nullptr;
  }
  // Said again only where it differs.
  if (tenant["effectiveMetadata"] == tenant["metadata"]) tenant["effectiveMetadata"] = nullptr;
  return tenant;
}

int show_tenant(Context& context, const Json& answer) {
  if (context.format == OutputFormat::table) {
    context.out << render_facts(tenant_facts, without_repeats(answer));
  } else {
    print_rows(context, tenants_model, Json::array({answer}), answer);
  }
  return 0;
}

std::string tenant_path(const Arguments& arguments) {
  return "/tenants/" + url_encode(arguments.get("T"));
}

[[noreturn]] void refuse_pair(const std::string& pair) {
  throw Error(ErrorCode::usage,
              fmt::format("\"{}\" sets nothing; write name=, region=, metadata.KEY= or "
                          "settings.AREA.KEY= and the value",
                          pair));
}

/// "settings.pii.mode=redact" as the member of the body that it means; a blank value as null.
void add_pair(Json& body, const std::string& pair) {
  const auto equals = pair.find('=');
  if (equals == std::string::npos) refuse_pair(pair);
  const std::string key = pair.substr(0, equals);
  const std::string text = pair.substr(equals + 1);
  const Json value = text.empty() ? Json() : Json(text);
  const auto after = [&](std::string_view prefix) { return key.substr(prefix.size()); };
  if (key == "name" || key == "region") {
    body[key] = value;
  } else if (key.starts_with("metadata.") && key.size() > 9) {
    body["metadata"][after("metadata.")] = value;
  } else if (key.starts_with("settings.")) {
    const std::string rest = after("settings.");
    const auto dot = rest.find('.');
    if (dot == std::string::npos || dot == 0 || dot + 1 == rest.size()) refuse_pair(pair);
    body["settings"][rest.substr(0, dot)][rest.substr(dot + 1)] = value;
  } else {
    refuse_pair(pair);
  }
}

}  // namespace

int list_tenants(Context& context, const Arguments&) {
  const auto answer = call_json(context, "GET", "/tenants");
  Json rows = answer;
  if (context.format == OutputFormat::table) {
    rows = Json::array();
    for (const auto& tenant : answer) rows.push_back(without_repeats(tenant));
  }
  print_rows(context, tenants_model, rows, answer);
  return 0;
}

int show_tenant(Context& context, const Arguments& arguments) {
  return show_tenant(context, call_json(context, "GET", tenant_path(arguments)));
}

int set_tenant(Context& context, const Arguments& arguments) {
  Json body = Json::object();
  for (const std::string& pair : arguments.all("KEY=VALUE")) add_pair(body, pair);
  return show_tenant(context, call_json(context, "PATCH", tenant_path(arguments), body.dump()));
}

int delete_tenant(Context& context, const Arguments& arguments) {
  const std::string id = printable(arguments.get("T"));
  const auto ask = [&] { return fmt::format("Take away all that is said of tenant \"{}\"?", id); };
  if (!is_confirmed(context, arguments, "deleting a tenant", ask)) {
    context.err << "costctl: nothing was deleted\n";
    return 4;
  }
  const auto answer = call_json(context, "DELETE", tenant_path(arguments));
  if (context.format == OutputFormat::table) {
    context.out << fmt::format("what was said of tenant \"{}\" is deleted; what it used stays\n",
                               id);
  } else {
    print_rows(context, tenants_model, Json::array({answer}), answer);
  }
  return 0;
}

}  // namespace costd
