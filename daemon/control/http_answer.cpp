#include "daemon/control/http_answer.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "ledger/error.hpp"

namespace costd {
namespace {

bool has_line_break(const std::string& text) {
  return text.find_first_of(std::string("\r\n\0", 3)) != std::string::npos;
}

void log_failure(const HttpRequest& request, const char* why) {
  spdlog::error("request_failed method={} path={} error=\"{}\"", request.method, request.path, why);
}

}  // namespace

int status_for(ErrorCode code) {
  switch (code) {
    case ErrorCode::usage:
    case ErrorCode::data:
    case ErrorCode::config:
      return 400;
    case ErrorCode::not_found:
      return 404;
    case ErrorCode::conflict:
      return 409;
    case ErrorCode::refused:
      return 403;
    default:
      return 500;
  }
}

ErrorCode error_code_for(int status) {
  switch (status) {
    case 400:
      return ErrorCode::usage;
    case 401:
    case 403:
    case 405:
      return ErrorCode::refused;
    case 404:
      return ErrorCode::not_found;
    case 409:
      return ErrorCode::conflict;
    default:
      return ErrorCode::io;
  }
}

HttpResponse error_response(int status, const std::string& code, const std::string& message) {
  HttpResponse response;
  response.status = status;
  const nlohmann::json body{{"error", {{"code", code}, {"message", message}}}};
  response.body = body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return response;
}

HttpResponse answer_to_exception(const HttpRequest& request) {
  try {
    throw;
  } catch (const Error& error) {
    const int status = status_for(error.code());
    if (status == 500) log_failure(request, error.what());
    return error_response(status, name_of(error.code()), error.what());
  } catch (const std::exception& error) {
    log_failure(request, error.what());
    return error_response(500, "internal", error.what());
  } catch (...) {
    return error_response(500, "internal", "unknown failure; look at the log of costd");
  }
}

HttpResponse call_safely(const HttpHandler& handler, const HttpRequest& request) {
  try {
    return handler(request);
  } catch (...) {
    return answer_to_exception(request);
  }
}

std::optional<std::string> next_piece_safely(const NextPiece& next_piece, const std::string& path) {
  try {
    return next_piece();
  } catch (const std::exception& error) {
    spdlog::error("answer_cut_off path={} error=\"{}\"", path, error.what());
  } catch (...) {
    spdlog::error("answer_cut_off path={} error=\"unknown failure\"", path);
  }
  return std::nullopt;
}

BodyPlan plan_safely(const BodyPlanner& planner, const HttpRequest& request) {
  BodyPlan plan;
  try {
    plan = planner(request);
  } catch (...) {
    plan.refusal = answer_to_exception(request);
  }
  return plan;
}

std::optional<HttpResponse> write_safely(Upload& upload, std::string_view piece,
                                         const HttpRequest& request) {
  try {
    upload.write(piece);
    return std::nullopt;
  } catch (...) {
    return answer_to_exception(request);
  }
}

HttpResponse finish_safely(Upload& upload, const HttpRequest& request) {
  try {
    return upload.finish();
  } catch (...) {
    return answer_to_exception(request);
  }
}

bool has_broken_header(const HttpResponse& response) {
  return has_line_break(response.content_type) ||
         std::any_of(response.headers.begin(), response.headers.end(), [](const auto& header) {
           return has_line_break(header.first) || has_line_break(header.second);
         });
}

}  // namespace costd
