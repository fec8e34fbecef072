#pragma once
// Answers that the server itself gives, and what it makes of a handler's.

#include <string>

#include "daemon/control/http.hpp"
#include "ledger/error.hpp"

namespace costd {

/// The status of an answer that says such an error, and what such an answer comes to: what is not
/// possible (405) is refused, and all that is not known is an io error.
int status_for(ErrorCode code);
ErrorCode error_code_for(int status);

/// {"error":{"code","message"}}
HttpResponse error_response(int status, const std::string& code, const std::string& message);

/// The answer to the exception in flight: an Error by its code, all else 500. Logs what is 500.
/// Call it inside a catch block.
HttpResponse answer_to_exception(const HttpRequest& request);

/// The handler's answer, or that to its exception.
HttpResponse call_safely(const HttpHandler& handler, const HttpRequest& request);

/// Nothing if it failed, which is logged: the header has been sent, and there is no other answer.
/// `path` is the request's.
std::optional<std::string> next_piece_safely(const NextPiece& next_piece, const std::string& path);

/// The same for uploads. What went wrong in `write` is an answer, too; nothing if all is well.
BodyPlan plan_safely(const BodyPlanner& planner, const HttpRequest& request);
std::optional<HttpResponse> write_safely(Upload& upload, std::string_view piece,
                                         const HttpRequest& request);
HttpResponse finish_safely(Upload& upload, const HttpRequest& request);

/// A header holds a line break or a NUL, which would let its text write headers of its own.
bool has_broken_header(const HttpResponse& response);

}  // namespace costd
