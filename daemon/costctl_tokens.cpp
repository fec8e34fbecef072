// The tokens commands.

#include <fmt/format.h>

#include "daemon/costctl_client.hpp"
#include "daemon/costctl_handlers.hpp"
#include "daemon/costctl_table.hpp"

namespace costd {
namespace {

const TableModel tokens_model{{{"ID", "/id"},
                               {"NAME", "/name"},
                               {"ROLE", "/role"},
                               {"TENANT", "/tenantId"},
                               {"STATE", "/state"},
                               {"CREATED", "/createdAt", CellKind::instant},
                               {"BY", "/createdBy"},
                               {"EXPIRES", "/expiresAt", CellKind::instant},
                               {"LAST USED", "/lastUsedAt", CellKind::instant}},
                              "no tokens; costctl tokens add makes one"};

}  // namespace

int add_token(Context& context, const Arguments& arguments) {
  Json body;
  for (const auto& [name, value] : arguments.options()) body[protocol_name(name)] = value;
  const auto answer = call_json(context, "POST", "/tokens", body.dump());
  if (context.format != OutputFormat::table) {
    print_rows(context, tokens_model, Json::array({answer}), answer);
    return 0;
  }
  context.out << fmt::format(
      "token {} is added; this is the only time that it is shown, so keep it in a safe place:\n"
      "{}\n",
      answer.at("id").get<std::string>(), answer.at("token").get<std::string>());
  return 0;
}

int list_tokens(Context& context, const Arguments&) {
  const auto answer = call_json(context, "GET", "/tokens");
  print_rows(context, tokens_model, answer, answer);
  return 0;
}

int revoke_token_of(Context& context, const Arguments& arguments) {
  const auto answer = call_json(context, "DELETE", "/tokens/" + url_encode(arguments.get("ID")));
  if (context.format != OutputFormat::table) {
    print_rows(context, tokens_model, Json::array({answer}), answer);
  } else {
    context.out << fmt::format("token {} is revoked from now on; it stays on record\n",
                               arguments.get("ID"));
  }
  return 0;
}

}  // namespace costd
