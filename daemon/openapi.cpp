#include "daemon/openapi.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace costd {
namespace {

using Json = nlohmann::ordered_json;

struct QueryHelp {
  std::string_view name;
  std::string_view type;  ///< of its JSON schema
  std::string_view help;
};

constexpr auto query_help = std::to_array<QueryHelp>({
    {"action", "string", "only events of this action, such as budgets.add"},
    {"actor", "string", "only what this one did: a name, or kind and name"},
    {"after", "string", "what follows this: a number, a revision or an instant"},
    {"anchor", "string", "COUNT:HEAD, which the chain must contain"},
    {"apiKey", "string", "only this API key, by its full id"},
    {"asOf", "string", "as if this date were the last complete day"},
    {"basis", "string", "usage: by day of use; booked: by booking period"},
    {"before", "string", "what precedes this instant"},
    {"by", "string", "what to forecast: model, tenant, provider, tenant-model or total"},
    {"cursor", "string", "nextCursor of the page before"},
    {"dryRun", "string", "true: only say what would change"},
    {"effective", "string", "the first day that prices without dates hold"},
    {"file", "string", "what messages call the body"},
    {"from", "string", "the first date or instant"},
    {"groupBy", "string",
     "one row for each tenant, apiKey, model, provider or day; several with commas between give "
     "`groupings` instead of `groups`"},
    {"history", "string", "true: retired entries, too"},
    {"key", "string", "the id of the key that must have signed"},
    {"limit", "integer", "at most this many; at most 1000"},
    {"model", "string", "only this model"},
    {"month", "string", "only this month, such as 2026-10"},
    {"n", "integer", "how many"},
    {"offset", "integer", "leave out this many"},
    {"on", "string", "the day it is about"},
    {"provider", "string", "only this provider"},
    {"reason", "string", "why; it stays on record"},
    {"rule", "string", "only what this rule found: published or robust"},
    {"schedule", "string", "only of this schedule"},
    {"serviceTier", "string", "standard, batch, priority or flex"},
    {"source", "string", "the source whose spool gets the records"},
    {"state", "string", "only in this state"},
    {"tenantId", "string", "only this tenant; whoever is bound to one sees no other"},
    {"to", "string", "the date or instant after the last one"},
    {"type", "string", "only of this type"},
    {"version", "integer", "only if this is its version still"},
    {"wait", "integer", "seconds to wait for news"},
});

Json query_parameter(const std::string& name) {
  const auto* found = std::ranges::find(query_help, name, &QueryHelp::name);
  const bool is_known = found != query_help.end();
  return {{"name", name},
          {"in", "query"},
          {"description", is_known ? found->help : ""},
          {"schema", {{"type", is_known ? found->type : "string"}}}};
}

/// The names between braces, in order.
std::vector<std::string> names_in(const std::string& path) {
  std::vector<std::string> names;
  for (auto open = path.find('{'); open != std::string::npos; open = path.find('{', open + 1)) {
    names.push_back(path.substr(open + 1, path.find('}', open) - open - 1));
  }
  return names;
}

Json parameters_of(const Route& route) {
  Json parameters = Json::array();
  for (const std::string& name : names_in(route.path)) {
    parameters.push_back(
        {{"name", name}, {"in", "path"}, {"required", true}, {"schema", {{"type", "string"}}}});
  }
  for (const std::string& name : route.query) parameters.push_back(query_parameter(name));
  return parameters;
}

/// "GET /v1/admin/runs/{id}" -> "get_runs_id"
std::string id_of(const Route& route) {
  std::string id;
  for (const char c : route.method) id += static_cast<char>(c - 'A' + 'a');
  constexpr std::string_view common = "/v1/admin";
  const std::string path =
      route.path.starts_with(common) ? route.path.substr(common.size()) : route.path;
  for (const char c : path.empty() ? "/routes" : path) {
    const bool is_word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (is_word) {
      id += c;
    } else if (c != '}' && id.back() != '_') {
      id += '_';
    }
  }
  return id;
}

bool is_upload(const Route& route) {
  return std::holds_alternative<UploadOpener>(route.handler);
}

Json operation_of(const Route& route) {
  const bool is_open = route.role == Role::anyone;
  Json operation{
      {"operationId", id_of(route)},
      {"summary", route.help},
      {"description", is_open ? std::string("Needs no token.")
                              : fmt::format("Needs the role {}.", name_of(route.role))},
      {"x-role", name_of(route.role)},
      {"security", is_open ? Json::array() : Json::array({{{"bearer", Json::array()}}})}};
  if (Json parameters = parameters_of(route); !parameters.empty()) {
    operation["parameters"] = std::move(parameters);
  }
  if (route.method == "POST" || route.method == "PUT" || route.method == "PATCH") {
    const char* type = is_upload(route) ? "application/x-ndjson" : "application/json";
    operation["requestBody"] = {{"content", {{type, Json{{"schema", Json::object()}}}}}};
  }
  operation["responses"] = {{"2XX", {{"description", "what was asked for"}}},
                            {"default", {{"$ref", "#/components/responses/Error"}}}};
  return operation;
}

Json components() {
  const Json text{{"type", "string"}};
  const Json error{{"type", "object"},
                   {"required", {"error"}},
                   {"properties",
                    {{"error",
                      {{"type", "object"},
                       {"required", {"code", "message"}},
                       {"properties", {{"code", text}, {"message", text}}}}}}}};
  return {{"schemas", {{"Error", error}}},
          {"responses",
           {{"Error",
             {{"description", "what is wrong, and what to do"},
              {"content",
               {{"application/json", {{"schema", {{"$ref", "#/components/schemas/Error"}}}}}}}}}}},
          {"securitySchemes",
           {{"bearer",
             {{"type", "http"},
              {"scheme", "bearer"},
              {"description", "a token of costctl tokens add"}}}}}};
}

}  // namespace

Json openapi_document(const std::vector<Route>& routes, const Access& access) {
  Json paths = Json::object();
  for (const Route& route : routes) {
    if (!is_there(route, access)) continue;
    std::string method = route.method;
    for (char& c : method) c = static_cast<char>(c - 'A' + 'a');
    paths[route.path][method] = operation_of(route);
  }
  return {
      {"openapi", "3.1.0"},
      {"info",
       {{"title", "costd"},
        {"version", COSTD_VERSION},
        {"description",
         "Cost, usage, budgets and reports of LLM calls. Names are in camelCase, money is decimal "
         "text in USD, times are RFC 3339 in UTC."},
        {"license", {{"name", "Apache-2.0"}, {"identifier", "Apache-2.0"}}}}},
      {"paths", paths},
      {"components", components()}};
}

}  // namespace costd
