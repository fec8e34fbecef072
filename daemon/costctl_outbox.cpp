// The outbox and alerts commands.

#include <fmt/format.h>

#include "daemon/costctl_client.hpp"
#include "daemon/costctl_confirm.hpp"
#include "daemon/costctl_handlers.hpp"
#include "daemon/costctl_table.hpp"

namespace costd {
namespace {

using Kind = CellKind;

const TableModel outbox_model{{{"ID", "/id"},
                               {"STATE", "/state"},
                               {"BY", "/channel"},
                               {"TO", "/recipient"},
                               {"SUBJECT", "/subject"},
                               {"CREATED", "/createdAt", Kind::instant},
                               {"CHANGED", "/updatedAt", Kind::instant},
                               {"NEXT TRY", "/notBefore", Kind::instant},
                               {"TRIES", "/attempts", Kind::count},
                               {"LAST REPLY", "/lastReply"}},
                              "the outbox is empty"};

const std::vector<Column> message_facts{{"ID", "/id"},
                                        {"State", "/state"},
                                        {"Kind", "/kind"},
                                        {"Report or alert", "/reportId"},
                                        {"By", "/channel"},
                                        {"From", "/envelope/from"},
                                        {"To", "/envelope/to"},
                                        {"Subject", "/subject", Kind::whole_text},
                                        {"Message-ID", "/messageId", Kind::whole_text},
                                        {"SHA-256", "/payloadSha256", Kind::whole_text},
                                        {"Created", "/createdAt", Kind::instant},
                                        {"First tried", "/firstTriedAt", Kind::instant},
                                        {"Changed", "/updatedAt", Kind::instant},
                                        {"Next try", "/notBefore", Kind::instant},
                                        {"Supersedes", "/supersedes"},
                                        {"Superseded by", "/supersededBy"},
                                        {"Tries", "/attempts", Kind::count},
                                        {"Ambiguous tries", "/ambiguousAttempts", Kind::count},
                                        {"Last reply", "/lastReply", Kind::whole_text}};

const TableModel deliveries_model{{{"#", "/number", Kind::count},
                                   {"TO", "/recipient"},
                                   {"BEGUN", "/startedAt", Kind::instant},
                                   {"ENDED", "/endedAt", Kind::instant},
                                   {"OUTCOME", "/outcome"},
                                   {"REPLY", "/reply", Kind::whole_text}},
                                  "no attempt has ended yet"};

const TableModel alerts_model{{{"ID", "/id"},
                               {"RAISED", "/raisedAt", Kind::instant},
                               {"TYPE", "/type"},
                               {"TENANT", "/tenantId"},
                               {"WHAT", "/title", Kind::whole_text}},
                              "no alerts"};

std::string message_path(const Arguments& arguments, const char* action) {
  return "/outbox/" + url_encode(arguments.get("ID")) + "/" + action;
}

}  // namespace

int list_outbox(Context& context, const Arguments& arguments) {
  const auto answer = call_json(context, "GET", with_query("/outbox", arguments.options()));
  print_rows(context, outbox_model, answer, answer);
  return 0;
}

int show_message(Context& context, const Arguments& arguments) {
  const auto answer = call_json(context, "GET", "/outbox/" + url_encode(arguments.get("ID")));
  if (context.format == OutputFormat::table) {
    context.out << render_facts(message_facts, answer) << '\n';
  }
  print_rows(context, deliveries_model, answer.at("deliveries"), answer);
  return 0;
}

int confirm_message(Context& context, const Arguments& arguments) {
  std::map<std::string, std::string> query;
  if (arguments.has("reason")) query["reason"] = arguments.get("reason");
  const auto answer =
      call_json(context, "POST", with_query(message_path(arguments, "confirm"), query));
  if (context.format != OutputFormat::table) {
    print_rows(context, outbox_model, Json::array({answer}), answer);
  } else {
    context.out << fmt::format("message {} is sent, on your word; the fact stays on record\n",
                               arguments.get("ID"));
  }
  return 0;
}

int retry_message(Context& context, const Arguments& arguments) {
  const auto answer = call_json(context, "POST", message_path(arguments, "retry"));
  if (context.format != OutputFormat::table) {
    print_rows(context, outbox_model, Json::array({answer}), answer);
  } else {
    context.out << fmt::format("message {} is sent within seconds; see costctl outbox list\n",
                               arguments.get("ID"));
  }
  return 0;
}

int discard_message(Context& context, const Arguments& arguments) {
  const auto ask = [&] { return "Never send message " + arguments.get("ID") + "?"; };
  if (!is_confirmed(context, arguments, "discarding a message", ask)) {
    context.err << "costctl: nothing was discarded\n";
    return 4;
  }
  std::map<std::string, std::string> query;
  if (arguments.has("reason")) query["reason"] = arguments.get("reason");
  const auto answer =
      call_json(context, "POST", with_query(message_path(arguments, "discard"), query));
  if (context.format != OutputFormat::table) {
    print_rows(context, outbox_model, Json::array({answer}), answer);
  } else {
    context.out << fmt::format("message {} is discarded; the fact stays on record\n",
                               arguments.get("ID"));
  }
  return 0;
}

int list_alerts(Context& context, const Arguments& arguments) {
  const auto answer = call_json(context, "GET", with_query("/alerts", arguments.options()));
  print_rows(context, alerts_model, answer, answer);
  return 0;
}

}  // namespace costd
