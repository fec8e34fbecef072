#include "daemon/authentication.hpp"

#include <fmt/format.h>

#include "daemon/access_token.hpp"
#include "daemon/control/http_answer.hpp"
#include "daemon/routes.hpp"

namespace costd {
namespace {

constexpr std::chrono::minutes audited_every{1};
constexpr int failures_a_minute_max = 10;
constexpr std::size_t shown_path_max = 200;

/// Somebody who is turned away.
struct Stranger {
  Actor actor;
  std::string reason;
};

/// Counted; told by the audit chain at most once a minute for a reason. True if there were too
/// many.
bool note_failure(Service& service, const HttpRequest& request, const Stranger& stranger) {
  const Instant now = service.clock.now();
  const FailedAccess::Outcome outcome = service.failed_access.add(stranger.reason, now);
  if (outcome.to_audit > 0) {
    const std::string times =
        outcome.to_audit == 1 ? "" : fmt::format("; {} since the last event", outcome.to_audit);
    UnitOfWork unit = service.database.begin();
    unit.audit({.at = now,
                .actor = stranger.actor,
                .action = "access.failed",
                .object = request.method + " " + shown_path(request.path),
                .outcome = "denied",
                .reason = stranger.reason + times});
    unit.commit();
  }
  return outcome.too_many;
}

HttpResponse refuse_user(Service& service, const HttpRequest& request) {
  const std::string uid = std::to_string(request.peer.uid);
  note_failure(service, request, {{"uid", uid}, fmt::format("uid {} has no role", uid)});
  return error_response(403, "refused",
                        fmt::format("the user with uid {} has no role here; add it or one of its "
                                    "groups to control.roles",
                                    uid));
}

HttpResponse refuse_token(Service& service, const HttpRequest& request, const Stranger& stranger) {
  if (note_failure(service, request, stranger)) {
    HttpResponse response = error_response(
        429, "busy", "too many requests without a valid token; try again in a minute");
    response.headers["Retry-After"] = "60";
    return response;
  }
  HttpResponse response = error_response(
      401, "unauthenticated",
      stranger.reason +
          "; send one that holds as Authorization: Bearer TOKEN (costctl tokens add)");
  response.headers["WWW-Authenticate"] = "Bearer realm=\"costd\"";
  return response;
}

/// The token of "Bearer TOKEN"; "" for another scheme, which no token has.
std::string bearer_of(const std::string& header) {
  constexpr std::string_view scheme = "bearer ";
  if (header.size() < scheme.size()) return "";
  for (std::size_t n = 0; n < scheme.size(); ++n) {
    const char c = header[n];
    if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c) != scheme[n]) return "";
  }
  return header.substr(scheme.size());
}

}  // namespace

FailedAccess::Outcome FailedAccess::add(const std::string& reason, Instant now) {
  const std::lock_guard lock(mutex_);
  // A clock that was set back begins a new minute, too.
  if (now - minute_began_ >= audited_every || now < minute_began_) {
    minute_began_ = now;
    in_minute_ = 0;
  }
  Reason& counted = reasons_[reason];
  ++counted.count;
  Outcome outcome;
  outcome.too_many = ++in_minute_ > failures_a_minute_max;
  const bool is_due =
      counted.audited == 0 || now - counted.audited_at >= audited_every || now < counted.audited_at;
  if (!is_due) return outcome;
  outcome.to_audit = counted.count - counted.audited;
  counted.audited = counted.count;
  counted.audited_at = now;
  return outcome;
}

std::map<std::string, std::int64_t> FailedAccess::counts() const {
  const std::lock_guard lock(mutex_);
  std::map<std::string, std::int64_t> counts;
  for (const auto& [reason, counted] : reasons_) counts[reason] = counted.count;
  return counts;
}

std::variant<Access, HttpResponse> identify(Service& service, const HttpRequest& request) {
  if (request.peer.via == Peer::Via::unix_socket) {
    auto access = access_of_peer(request.peer, service.settings.get()->control.roles);
    if (access) return std::move(*access);
    return refuse_user(service, request);
  }
  const auto header = request.headers.find("authorization");
  if (header == request.headers.end()) {
    std::optional<Access> access;
    if (service.session_access) access = service.session_access(request);
    if (access) return std::move(*access);
    return refuse_token(service, request, {{"tcp", request.peer.address}, "no token"});
  }
  TokenAnswer answer = look_up_token(service, bearer_of(header->second));
  if (answer.access) return std::move(*answer.access);
  const Actor actor =
      answer.id.empty() ? Actor{"tcp", request.peer.address} : Actor{"token", answer.id};
  return refuse_token(service, request, {actor, answer.failure});
}

std::string shown_path(const std::string& path) {
  std::string shown;
  for (const char c : path.substr(0, shown_path_max)) {
    const bool is_plain = c > ' ' && c <= '~' && c != '%';
    shown += is_plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return shown;
}

}  // namespace costd
