#pragma once
// What a request over TCP must look like before anybody looks at its route: meant for this costd,
// and not sent by a page of another site in somebody's browser.

#include <optional>
#include <string>

#include "config/settings.hpp"
#include "daemon/control/http.hpp"

namespace costd {

/// The request changes nothing by its method.
bool is_safe_method(const std::string& method);

/// The answer that turns the request away; nothing if it may go on. The Unix socket, which no
/// browser can reach, takes every Host and Origin. A token in the address is refused on both.
std::optional<HttpResponse> check_request(const HttpRequest& request,
                                          const ControlSettings& control);

}  // namespace costd
