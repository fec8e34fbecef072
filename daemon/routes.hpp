#pragma once
// The routes of the control socket: each one a row of method, path, role, handler and help.

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "daemon/clock.hpp"
#include "daemon/clock_guard.hpp"
#include "daemon/control/http.hpp"
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
};

enum class Role { viewer, operator_, admin };
const char* name_of(Role role);

/// A request with the parts of its path that the route names.
struct RouteCall {
  const HttpRequest& request;
  std::map<std::string, std::string> path;  ///< "{id}" -> its value

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

struct Route {
  std::string method;
  std::string path;  ///< "/v1/admin/runs/{id}"
  Role role = Role::viewer;
  std::variant<RouteHandler, UploadOpener> handler;
  std::string help;
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

/// The role of a peer: root and the daemon's own user are admin, everyone else who may open the
/// socket is an operator.
Role role_of(const Peer& peer);

/// Finds the route, checks the role, calls the handler and turns errors into answers. A route with
/// an upload gets the request's body as one piece.
HttpResponse dispatch(Service& service, const std::vector<Route>& routes,
                      const HttpRequest& request);

/// The same up to the body, for a body that has not been read: in memory unless the route wants it
/// as an upload. Refusals other than that route's own are left to dispatch.
BodyPlan plan_body(Service& service, const std::vector<Route>& routes, const HttpRequest& request);

}  // namespace costd
