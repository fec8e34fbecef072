#include "daemon/control/http_answer.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace costd {
namespace {

bool has_line_break(const std::string& text) {
  return text.find_first_of(std::string("\r\n\0", 3)) != std::string::npos;
}

}  // namespace

HttpResponse error_response(int status, const std::string& code, const std::string& message) {
  HttpResponse response;
  response.status = status;
  const nlohmann::json body{{"error", {{"code", code}, {"message", message}}}};
  response.body = body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return response;
}

HttpResponse call_safely(const HttpHandler& handler, const HttpRequest& request) {
  try {
    return handler(request);
  } catch (const std::exception& error) {
    return error_response(500, "internal", error.what());
  } catch (...) {
    return error_response(500, "internal", "unknown failure; look at the log of costd");
  }
}

bool has_broken_header(const HttpResponse& response) {
  return has_line_break(response.content_type) ||
         std::any_of(response.headers.begin(), response.headers.end(), [](const auto& header) {
           return has_line_break(header.first) || has_line_break(header.second);
         });
}

}  // namespace costd
