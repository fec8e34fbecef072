#pragma once
// Answers that the server itself gives, and what it makes of a handler's.

#include <string>

#include "daemon/control/http.hpp"

namespace costd {

/// {"error":{"code","message"}}
HttpResponse error_response(int status, const std::string& code, const std::string& message);

/// The handler's answer; a 500 where it throws.
HttpResponse call_safely(const HttpHandler& handler, const HttpRequest& request);

/// A header holds a line break or a NUL, which would let its text write headers of its own.
bool has_broken_header(const HttpResponse& response);

}  // namespace costd
