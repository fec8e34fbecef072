// Whether a report's file is what was signed. Asks no daemon.

#include <fmt/format.h>

#include <ostream>

#include "daemon/costctl_client.hpp"
#include "daemon/costctl_handlers.hpp"
#include "daemon/costctl_key.hpp"
#include "daemon/costctl_table.hpp"
#include "daemon/costctl_text.hpp"

namespace costd {
namespace {

const TableModel checks_model{{{"CHECK", "/check", CellKind::whole_text},
                               {"RESULT", "/result"},
                               {"WHAT", "/what", CellKind::whole_text}},
                              ""};

Json to_json(const std::string& file, const std::vector<SealCheck>& checks) {
  Json list = Json::array();
  for (const SealCheck& check : checks) {
    list.push_back(
        Json{{"check", check.check}, {"result", name_of(check.result)}, {"what", check.what}});
  }
  return {{"result", name_of(result_of(checks))}, {"file", file}, {"checks", std::move(list)}};
}

}  // namespace

int verify_report_file(Context& context, const Arguments& arguments) {
  const std::string file = arguments.get("FILE");
  const auto checks = check_seal({file, arguments.get("manifest"), pinned_key(arguments)});
  const Json answer = to_json(file, checks);
  if (context.format == OutputFormat::table) {
    for (const SealCheck& check : checks) {
      context.out << fmt::format("{:<11} {}: {}\n", name_of(check.result), printable(check.check),
                                 printable(check.what));
    }
    context.out << fmt::format("\n{} {}\n", name_of(result_of(checks)), printable(file));
  } else {
    print_rows(context, checks_model, answer.at("checks"), answer);
  }
  switch (result_of(checks)) {
    case SealCheck::Result::fail:
      return 1;
    case SealCheck::Result::incomplete:
      return exit_incomplete;
    default:
      return 0;
  }
}

}  // namespace costd
