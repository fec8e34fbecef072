#include "daemon/costctl_client.hpp"

#include <fmt/format.h>

namespace costd {
namespace {

ErrorCode code_of_status(int status) {
  switch (status) {
    case 400:
      return ErrorCode::usage;
    case 404:
      return ErrorCode::not_found;
    case 401:
    case 403:
    case 409:
    case 423:
      return ErrorCode::refused;
    default:
      return ErrorCode::io;
  }
}

std::string message_of(const ClientReply& reply) {
  const auto answer = Json::parse(reply.body, nullptr, false);
  const Json::json_pointer message("/error/message");
  if (answer.is_object() && answer.contains(message) && answer.at(message).is_string()) {
    return answer.at(message).get<std::string>();
  }
  return fmt::format("costd answered with status {} and no reason; look at its log", reply.status);
}

}  // namespace

std::string protocol_name(const std::string& option) {
  if (option == "tenant") return "tenantId";
  std::string name;
  bool upper = false;
  for (const char c : option) {
    const bool is_lower = c >= 'a' && c <= 'z';
    if (c != '-') name += upper && is_lower ? static_cast<char>(c - 'a' + 'A') : c;
    upper = c == '-';
  }
  return name;
}

std::string with_query(const std::string& path, const std::map<std::string, std::string>& options) {
  std::string target = path;
  char separator = '?';
  for (const auto& [name, value] : options) {
    target += fmt::format("{}{}={}", separator, protocol_name(name), url_encode(value));
    separator = '&';
  }
  return target;
}

ClientReply call(const Context& context, const std::string& method, const std::string& path,
                 const std::string& body) {
  auto reply = http_request(context.socket, method, "/v1/admin" + path, body);
  if (reply.status >= 400) throw Error(code_of_status(reply.status), message_of(reply));
  return reply;
}

Json call_json(const Context& context, const std::string& method, const std::string& path,
               const std::string& body) {
  const auto reply = call(context, method, path, body);
  if (reply.body.empty()) return nullptr;
  auto answer = Json::parse(reply.body, nullptr, false);
  if (answer.is_discarded()) {
    throw Error(ErrorCode::network, "costd's answer is no JSON; is this costctl of its version?");
  }
  return answer;
}

int exit_code_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::config:
    case ErrorCode::usage:
    case ErrorCode::not_found:
      return 2;
    case ErrorCode::network:
      return 3;
    case ErrorCode::conflict:
    case ErrorCode::refused:
      return 4;
    case ErrorCode::data:
    case ErrorCode::io:
    case ErrorCode::database:
    case ErrorCode::cancelled:
      return 1;
  }
  return 1;
}

}  // namespace costd
