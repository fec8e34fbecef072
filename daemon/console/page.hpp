#pragma once
// A page of the console: its row in the navigation, what makes its values, what its forms do.

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "daemon/console/api.hpp"
#include "daemon/console/form.hpp"
#include "daemon/console/visitor.hpp"
#include "ledger/billing_zones.hpp"

namespace costd {

/// What a page is made from.
struct PageContext {
  Service& service;
  const RouteCall& call;
  Api api;
  Access access;
  Fields query;           ///< of the address
  Fields pending_form{};  ///< what somebody wrote that is not done: refused, or only previewed
  std::string refusal{};  ///< why it was refused; "" = it was not

  std::string word(const std::string& name) const { return field(query, name); }
  bool may_change() const { return access.role >= Role::operator_; }
  /// The one whose figures the page shows; "" = all. Whoever is bound to a tenant sees that one.
  std::string tenant() const { return access.tenant.value_or(word("tenantId")); }
  /// The zone whose dates the page shows: that of its tenant, else the deployment's.
  Zone zone() const;
};

/// Where a form leads when it has done its work.
struct FormOutcome {
  enum class Next { leave, show_again };
  std::string notice;       ///< what the next page says once
  Fields query_changes{};   ///< of the address that the form was opened from
  Next next = Next::leave;  ///< show_again: nothing was done yet, the dialog says what would be
};

enum class Audience { everyone, platform };  ///< platform: nobody who is bound to a tenant

struct ConsolePage {
  std::string id;    ///< its template templates/console/ID.html
  std::string path;  ///< "/console/usage"
  std::string title;
  std::string label;  ///< in the navigation
  int refresh_s = 0;  ///< the browser asks for changed parts so often; 0 = never
  /// Served as it is for so long, whatever has changed: keeps a busy ledger from being summed up
  /// for each browser.
  std::chrono::milliseconds always_for{1000};
  OrderedJson (*values)(PageContext&) = nullptr;
  /// Does what the form says; null = the page has no forms.
  FormOutcome (*act)(PageContext&, const Fields& form) = nullptr;
  Audience audience = Audience::everyone;
};
PageContext context_of(Service& service, const RouteCall& call, const Visitor& visitor,
                       Fields query);

/// In the order of the navigation.
const std::vector<ConsolePage>& console_pages();
ConsolePage dashboard_page();
ConsolePage usage_page();
ConsolePage prices_page();
ConsolePage budgets_page();
ConsolePage chargeback_page();
ConsolePage compliance_page();
ConsolePage runs_page();

/// The answer to GET and to POST.
HttpResponse show_page(Service& service, const RouteCall& call, const ConsolePage& page);
HttpResponse act_on_page(Service& service, const RouteCall& call, const ConsolePage& page);

}  // namespace costd
