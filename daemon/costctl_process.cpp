// The commands about the process: its configuration and its clock.

#include <fmt/format.h>

#include <ostream>

#include "daemon/costctl_client.hpp"
#include "daemon/costctl_handlers.hpp"
#include "daemon/costctl_table.hpp"
#include "daemon/costctl_text.hpp"

namespace costd {
namespace {

const std::vector<Column> clock_facts{{"Clock", "/now", CellKind::instant},
                                      {"Synchronised", "/synchronised"},
                                      {"Held", "/held"},
                                      {"It went from", "/heldFrom", CellKind::instant},
                                      {"to", "/heldTo", CellKind::instant}};

int print_clock(Context& context, const Json& clock) {
  if (context.format == OutputFormat::json) {
    print_json(context, clock);
  } else {
    context.out << render_facts(clock_facts, clock);
  }
  return 0;
}

}  // namespace

int reload_configuration(Context& context, const Arguments&) {
  const auto answer = call_json(context, "POST", "/reload");
  if (context.format == OutputFormat::json) {
    print_json(context, answer);
  } else {
    context.out << fmt::format("{} is in force: {} schedules, {} sources, {} prices, {} tenants\n",
                               printable(answer.value("file", "")), answer.value("schedules", 0),
                               answer.value("sources", 0), answer.value("prices", 0),
                               answer.value("tenants", 0));
  }
  return 0;
}

int show_clock(Context& context, const Arguments&) {
  return print_clock(context, call_json(context, "GET", "/clock"));
}

int confirm_clock(Context& context, const Arguments&) {
  return print_clock(context, call_json(context, "POST", "/clock/confirm"));
}

}  // namespace costd
