#pragma once
// The routes of the control socket: each one a row of method, path, role, handler and help.

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "daemon/access.hpp"
#include "daemon/authentication.hpp"
#include "daemon/clock.hpp"
#include "daemon/clock_guard.hpp"
#include "daemon/control/http.hpp"
#include "daemon/http_metrics.hpp"
#include "daemon/keys_in_use.hpp"
#include "daemon/run_queue.hpp"
#include "daemon/scheduler.hpp"
#include "jobs/budget_book.hpp"
#include "jobs/state_recovery.hpp"
#include "ledger/signing.hpp"

namespace costd {

/// The settings in force, for threads that come and go. Thread-safe.
class CurrentSettings {
 public:
  CurrentSettings(Settings settings)  // NOLINT: settings are the current ones of a new service
      : settings_(std::make_shared<const Settings>(std::move(settings))) {}
  /// As they are now; whoever holds them keeps them.
  std::shared_ptr<const Settings> get() const { return settings_.load(); }
  void replace(Settings settings) {
    settings_.store(std::make_shared<const Settings>(std::move(settings)));
  }

 private:
  std::atomic<std::shared_ptr<const Settings>> settings_;
};

struct Console;
std::shared_ptr<Console> make_console();

/// What the handlers work on.
struct Service {
  CurrentSettings settings;
  Database& database;
  RunQueue& runs;
  Scheduler& scheduler;
  const Clock& clock;
  Instant started_at;
  KeysInUse keys_in_use{};
  std::shared_ptr<BudgetBook> budgets = std::make_shared<BudgetBook>();
  ClockGuard* guard = nullptr;                       ///< null = nobody watches the clock
  std::function<void(const Actor& actor)> reload{};  ///< empty = nothing can be read again
  RecoveryReport recovery{};                         ///< of the start
  std::shared_ptr<const SigningKey> signing_key{};   ///< of this installation; null = none yet
  std::string tzdata = time_zone_version();          ///< the rules that slots and days are made by
  std::shared_ptr<Console> console = make_console();  ///< sessions and pages of the web console
  /// Stands in for the bearer token of a request over TCP that has none (a cookie, say); empty, or
  /// nothing given = there is no session. Called on request workers.
  std::function<std::optional<Access>(const HttpRequest&)> session_access{};
  FailedAccess failed_access{};
  HttpMetrics http_metrics{};
  std::atomic<bool> is_stopping{
      false};  ///< requests are answered, but new ones should go elsewhere
};

/// A request with the parts of its path that the route names.
struct RouteCall {
  const HttpRequest& request;
  std::map<std::string, std::string> path;  ///< "{id}" -> its value
  Access access{};                          ///< of whoever asks
  /// In place of the query's tenantId: whoever is bound to a tenant asks about that one only.
  std::optional<std::string> tenant_filter{};

  /// The query value, or null where there is none.
  const std::string* find_query(const std::string& name) const;
  /// The query value, or "".
  std::string query(const std::string& name) const;
  /// The header's value, or ""; the name in lower case.
  std::string header(const std::string& name) const;
  Actor actor() const;
};

using RouteHandler = std::function<HttpResponse(Service&, const RouteCall&)>;
/// For a body that is too large for memory: looks at the header and says who takes the body. It
/// must give an upload or a refusal, and may throw instead.
using UploadOpener = std::function<BodyPlan(Service&, const RouteCall&)>;

/// What a route is to somebody who is bound to one tenant.
enum class TenantUse {
  platform_only,      ///< it is not there
  filtered_by_query,  ///< tenantId is the own tenant's; any other is like one that nobody knows
  of_path_id,         ///< what its guard lets through; the rest is like what is not there
  open,               ///< the same as to others, or its handler looks at the access itself
};

/// Throws exactly what the handler throws for what is not there, unless it is the tenant's own.
/// Called for those only who are bound to a tenant.
using TenantGuard = void (*)(Service&, const RouteCall&);

struct TenantRule {
  TenantRule(TenantUse the_use = TenantUse::platform_only,  // NOLINT: a use is a rule
             TenantGuard the_guard = nullptr)
      : use(the_use), guard(the_guard) {}
  TenantUse use;
  TenantGuard guard;  ///< of `of_path_id`
};

struct Route {
  std::string method;
  std::string path;  ///< "/v1/admin/runs/{id}"
  Role role = Role::viewer;
  std::variant<RouteHandler, UploadOpener> handler;
  std::string help;
  TenantRule tenant{};               ///< a route says by itself what tenants may do with it
  std::vector<std::string> query{};  ///< the parameters that it takes in the query
};

/// All routes; made of the groups below.
std::vector<Route> all_routes();
std::vector<Route> status_routes();
std::vector<Route> process_routes();
std::vector<Route> run_routes();
std::vector<Route> schedule_routes();
std::vector<Route> usage_routes();
std::vector<Route> usage_post_routes();
std::vector<Route> price_routes();
std::vector<Route> price_import_routes();
std::vector<Route> finding_routes();
std::vector<Route> budget_routes();
std::vector<Route> report_routes();
std::vector<Route> period_routes();
std::vector<Route> audit_routes();
std::vector<Route> tenant_routes();
std::vector<Route> evidence_routes();
std::vector<Route> compliance_routes();
std::vector<Route> outbox_routes();
std::vector<Route> console_routes();
std::vector<Route> token_routes();
std::vector<Route> health_routes();
std::vector<Route> metrics_routes();
std::vector<Route> openapi_routes();

/// To somebody who is bound to a tenant, what is the platform's only is not there.
bool is_there(const Route& route, const Access& access);

/// Asks who it is, finds the route, checks the role and the tenant, calls the handler and turns
/// errors into answers. A route with an upload gets the request's body as one piece.
HttpResponse dispatch(Service& service, const std::vector<Route>& routes,
                      const HttpRequest& request);

/// The same up to the body, for a body that has not been read: in memory unless the route wants it
/// as an upload. Strangers are refused; refusals by role or path are left to dispatch.
BodyPlan plan_body(Service& service, const std::vector<Route>& routes, const HttpRequest& request);

}  // namespace costd
