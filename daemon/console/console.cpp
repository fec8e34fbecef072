#include "daemon/console/console.hpp"

#include <algorithm>
#include <iterator>

#include "daemon/console/assets.hpp"
#include "daemon/console/html_answer.hpp"
#include "daemon/console/page.hpp"
#include "daemon/console/sign_in.hpp"
#include "daemon/console/usage_csv.hpp"

namespace costd {

std::shared_ptr<Console> make_console() {
  return std::make_shared<Console>();
}

const std::vector<ConsolePage>& console_pages() {
  static const std::vector<ConsolePage> pages{
      dashboard_page(),  usage_page(),      prices_page(), budgets_page(),
      chargeback_page(), compliance_page(), runs_page()};
  return pages;
}

std::vector<Route> console_routes() {
  std::vector<Route> routes;
  for (const ConsolePage& page : console_pages()) {
    // For anyone, since who is not signed in is led to the form; its figures are those of
    // /v1/admin, asked as the one who has signed in.
    routes.push_back({"GET", page.path, Role::anyone,
                      [&page](Service& service, const RouteCall& call) {
                        return show_page(service, call, page);
                      },
                      "the console for browsers: " + page.title, TenantUse::open});
    if (page.act == nullptr) continue;
    routes.push_back({"POST", page.path, Role::anyone,
                      [&page](Service& service, const RouteCall& call) {
                        return act_on_page(service, call, page);
                      },
                      "what the forms of that page do, each as its /v1/admin route allows it",
                      TenantUse::open});
  }
  routes.push_back({"GET", "/console", Role::anyone,
                    [](Service&, const RouteCall&) { return redirect_to("/console/"); },
                    "leads to the console", TenantUse::open});
  for (auto group : {sign_in_routes, asset_routes, usage_csv_routes}) {
    std::ranges::move(group(), std::back_inserter(routes));
  }
  return routes;
}

}  // namespace costd
