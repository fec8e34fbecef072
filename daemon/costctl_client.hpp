#pragma once
// What costctl asks the daemon, as JSON.

#include <string>

#include "daemon/control/http_client.hpp"
#include "daemon/costctl_context.hpp"
#include "ledger/error.hpp"

namespace costd {

/// A path below /v1/admin with the given options as its query, in the protocol's names:
/// {"tenant": "acme", "group-by": "day"} -> "?groupBy=day&tenantId=acme".
std::string with_query(const std::string& path, const std::map<std::string, std::string>& options);

/// "tenant" -> "tenantId", "api-key" -> "apiKey".
std::string protocol_name(const std::string& option);

/// Sends the request and returns the raw answer. Throws Error with the daemon's own message where
/// the status is no success: usage for 400, not_found for 404, refused for 401, 403, 409 and 423,
/// io for others.
ClientReply call(const Context& context, const std::string& method, const std::string& path,
                 const std::string& body = "");

/// The same, with the answer parsed. Null where it has no body.
Json call_json(const Context& context, const std::string& method, const std::string& path,
               const std::string& body = "");

/// The exit code of what did all it could and is not complete.
inline constexpr int exit_incomplete = 5;

/// 0, 1, 2, 3 or 4: the exit code that says this kind of failure.
int exit_code_of(ErrorCode code);

}  // namespace costd
