// The console's pages, for each role of the platform and of a tenant: who sees what, and that
// nobody sees anything of another tenant.

#include <catch2/catch.hpp>
#include <regex>

#include "daemon/access_token.hpp"
#include "daemon/console/console.hpp"
#include "daemon/console/form.hpp"
#include "daemon/console/page.hpp"
#include "daemon/console/visitor.hpp"
#include "tests/daemon/access_world.hpp"

namespace costd {
namespace {

using test::foreign_tenant;
using test::own_tenant;
using test::unknown_tenant;

const std::vector<Role> roles{Role::viewer, Role::operator_, Role::admin};

std::string replaced(std::string text, const std::string& what, const std::string& with) {
  for (auto found = text.find(what); found != std::string::npos; found = text.find(what, found)) {
    text.replace(found, what.size(), with);
    found += with.size();
  }
  return text;
}

/// Everything that another tenant's pages and forms could be asked about.
struct Ids {
  std::string cap, report, run, price;
};

struct ConsoleWorld : test::AccessWorld {
  Ids foreign, absent;

  ConsoleWorld() {
    Settings with_templates = settings();
    with_templates.templates_dir = COSTD_SOURCE_DIR "/templates";
    service.settings.replace(with_templates);
    service.session_access = [this](const HttpRequest& request) {
      return access_of_session(service, request);
    };
    foreign = {add_cap(foreign_tenant, "canary", ManagedBy::tenant),
               add_report(foreign_tenant, "chargeback", "canary"), fresh_id(), "1"};
    absent = {fresh_id(), fresh_id(), fresh_id(), "1"};
  }

  /// Somebody who has signed in with a token.
  Session sign_in(Role role, const std::string& tenant) {
    const std::string text = make_token();
    AccessToken token;
    token.id = fresh_id();
    token.name = "token of the visitor";
    token.hash = sha256_hex(text);
    token.role = name_of(role);
    token.tenant = tenant;
    token.expires_at = clock.now() + std::chrono::hours(1);
    change([&](UnitOfWork& unit) { insert_token(unit, token); });
    return service.console->sessions.start(text, service.clock.elapsed());
  }

  HttpResponse visit(const Session& session, const std::string& path, const Fields& query = {}) {
    HttpRequest request;
    request.method = "GET";
    request.path = path;
    request.query = query;
    request.headers = {{"cookie", std::string(session_cookie) + "=" + session.id}};
    return ask({}, request);
  }

  /// The form as its page would send it.
  HttpResponse send(const Session& session, const std::string& path, Fields form) {
    form["csrf"] = session.csrf;
    HttpRequest request;
    request.method = "POST";
    request.path = path;
    request.body = address("", form).substr(1);
    request.headers = {{"cookie", std::string(session_cookie) + "=" + session.id},
                       {"origin", "http://127.0.0.1:8080"}};
    return ask({}, request);
  }
};

bool is_there(const ConsolePage& page, const std::string& tenant) {
  return tenant.empty() || page.audience == Audience::everyone;
}

/// Each dialog of any page about each of the ids, and each filter.
std::vector<Fields> questions_about(const std::string& tenant, const std::string& mark,
                                    const Ids& ids) {
  std::vector<Fields> questions{{},
                                {{"tenantId", tenant}},
                                {{"model", "model-" + mark}},
                                {{"provider", "provider-" + mark}},
                                {{"apiKey", "key-" + mark}},
                                {{"tenantId", tenant}, {"model", "model-" + mark}}};
  for (const std::string& id : {ids.cap, ids.report, ids.run, ids.price}) {
    for (const char* dialog : {"add", "edit", "delete", "generate", "show", "start"}) {
      questions.push_back({{"dialog", dialog}, {"id", id}});
    }
    questions.push_back({{"run", id}});
  }
  return questions;
}

/// The page with what was asked for, and with what follows from it, left out.
std::string without_question(std::string page, const std::string& tenant, const std::string& mark,
                             const Ids& ids) {
  static const std::regex hash(R"re(data-hash="[0-9a-f]+")re");
  page = std::regex_replace(page, hash, "");
  page = replaced(page, tenant, "(tenant)");
  for (const std::string name : {"model-", "provider-", "key-"}) {
    page = replaced(page, name + mark, "(" + name + ")");
  }
  for (const std::string& id : {ids.cap, ids.report, ids.run}) page = replaced(page, id, "(id)");
  return page;
}

/// What the forms of the pages ask for; `id` is of something else than the sender's.
std::vector<std::pair<std::string, Fields>> forms_about(const Ids& ids) {
  const Fields cap{{"name", "x"},          {"tenantId", ""}, {"limitUsd", "0.5"},
                   {"softLimitPct", "80"}, {"version", "1"}, {"period", "MONTHLY"}};
  const auto form = [&](Fields fields, const std::string& action, const std::string& id) {
    fields["action"] = action;
    fields["id"] = id;
    return fields;
  };
  return {{"/console/budgets", form(cap, "edit", ids.cap)},
          {"/console/budgets", form(cap, "delete", ids.cap)},
          {"/console/chargeback", form({{"reason", "x"}}, "delete", ids.report)},
          {"/console/chargeback",
           form({{"from", "2026-09-01"}, {"through", "2026-09-30"}}, "generate", "")},
          {"/console/compliance", form({{"reason", "x"}}, "delete", ids.report)},
          {"/console/prices", form({{"model", "m"}, {"input", "1"}, {"output", "1"}}, "add", "")},
          {"/console/prices", form({}, "delete", ids.price)},
          {"/console/runs", form({{"job", "ingest"}}, "start", "")},
          {"/console/runs", form({}, "cancel", ids.run)}};
}

}  // namespace

TEST_CASE("each page is there for whoever may see it, and for nobody without a session",
          "[access][console]") {
  ConsoleWorld world;
  for (const ConsolePage& page : console_pages()) {
    CAPTURE(page.path);
    CHECK(world.visit({}, page.path).status == 303);
    for (const Role role : roles) {
      for (const std::string& tenant : {std::string(), own_tenant}) {
        CAPTURE(costd::name_of(role), tenant);
        const HttpResponse answer = world.visit(world.sign_in(role, tenant), page.path);
        CHECK(answer.status == (is_there(page, tenant) ? 200 : 404));
        if (answer.status != 200) continue;
        // Whoever may only look gets no form but that for signing out.
        const bool has_forms = answer.body.find(R"(name="action")") != std::string::npos;
        if (role == Role::viewer) CHECK_FALSE(has_forms);
        CHECK(answer.body.find("token of the visitor") != std::string::npos);
      }
    }
  }
}

TEST_CASE("pages about another tenant's things are like those about what is not there",
          "[access][console]") {
  ConsoleWorld world;
  const auto of_foreign = questions_about(foreign_tenant, "canary", world.foreign);
  const auto of_absent = questions_about(unknown_tenant, "nowhere", world.absent);
  for (const Role role : {Role::viewer, Role::operator_}) {
    const Session session = world.sign_in(role, own_tenant);
    for (const ConsolePage& page : console_pages()) {
      for (std::size_t n = 0; n < of_foreign.size(); ++n) {
        CAPTURE(costd::name_of(role), page.path, address("", of_foreign[n]));
        const HttpResponse foreign = world.visit(session, page.path, of_foreign[n]);
        const HttpResponse absent = world.visit(session, page.path, of_absent[n]);
        const std::string seen =
            without_question(foreign.body, foreign_tenant, "canary", world.foreign);
        CHECK(seen.find("canary") == std::string::npos);
        CHECK(foreign.status == absent.status);
        CHECK(seen == without_question(absent.body, unknown_tenant, "nowhere", world.absent));
      }
    }
    const HttpResponse csv =
        world.visit(session, "/console/usage.csv", {{"tenantId", foreign_tenant}});
    CHECK(csv.body.find("canary") == std::string::npos);
  }
}

TEST_CASE("a form does nothing for viewers, nor to what is another tenant's", "[access][console]") {
  ConsoleWorld world;
  const auto of_foreign = forms_about(world.foreign);
  const auto of_absent = forms_about(world.absent);
  for (const Role role : roles) {
    const Session bound = world.sign_in(role, own_tenant);
    const Session viewer = world.sign_in(Role::viewer, "");
    for (std::size_t n = 0; n < of_foreign.size(); ++n) {
      const auto& [path, form] = of_foreign[n];
      CAPTURE(costd::name_of(role), path, address("", form));
      const HttpResponse foreign = world.send(bound, path, form);
      const HttpResponse absent = world.send(bound, path, of_absent[n].second);
      INFO(foreign.body);
      CHECK((foreign.status == 403 || foreign.status == 404));
      CHECK(foreign.status == absent.status);
      CHECK(without_question(foreign.body, foreign_tenant, "canary", world.foreign) ==
            without_question(absent.body, unknown_tenant, "nowhere", world.absent));
      CHECK(world.send(viewer, path, form).status == 403);
    }
  }
  const Session platform = world.sign_in(Role::operator_, "");
  for (const auto& [path, id] : {std::pair{"/console/budgets", world.foreign.cap},
                                 std::pair{"/console/chargeback", world.foreign.report}}) {
    CHECK(world.visit(platform, path).body.find(id) != std::string::npos);
  }
}

}  // namespace costd
