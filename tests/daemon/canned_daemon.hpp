#pragma once
// A daemon with prepared answers on a real socket, and costctl run against it.

#include <map>
#include <mutex>
#include <sstream>
#include <string>
#include <vector>

#include "daemon/control/http_server.hpp"
#include "daemon/costctl.hpp"
#include "tests/daemon/temporary_folder.hpp"

namespace costd {

/// What costctl printed and returned.
struct Outcome {
  int code = 0;
  std::string out;
  std::string err;
};

class CannedDaemon {
 public:
  CannedDaemon()
      : server_(folder / "s", {}, [this](const HttpRequest& request) { return take(request); }) {}

  /// The answer to "GET /runs" and so on, below /v1/admin. Several for one are given in turn; the
  /// last one stays.
  void answer(const std::string& request, const std::string& json, int status = 200) {
    HttpResponse response;
    response.status = status;
    response.body = json;
    answer(request, response);
  }
  void answer(const std::string& request, const HttpResponse& response) {
    const std::lock_guard lock(mutex_);
    answers_[request].push_back(response);
  }

  Outcome costctl(std::vector<std::string> words) const {
    words.insert(words.begin(), {"costctl", "--socket", folder / "s"});
    std::vector<const char*> argv;
    for (const auto& word : words) argv.push_back(word.c_str());
    std::ostringstream out;
    std::ostringstream err;
    const int code = costctl_main(static_cast<int>(argv.size()), argv.data(), out, err);
    return {code, out.str(), err.str()};
  }

  /// "POST /runs {...}" and "GET /costs?tenantId=acme", in order, below /v1/admin.
  std::vector<std::string> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

  const TemporaryFolder folder;

 private:
  HttpResponse take(const HttpRequest& request) {
    const std::lock_guard lock(mutex_);
    const auto key = request.method + " " + request.path.substr(std::string("/v1/admin").size());
    auto line = key;
    char separator = '?';
    for (const auto& [name, value] : request.query) {
      line.append(1, separator).append(name).append("=").append(value);
      separator = '&';
    }
    if (!request.body.empty()) line.append(" ").append(request.body);
    requests_.push_back(line);
    const auto found = answers_.find(key);
    if (found == answers_.end()) {
      HttpResponse missing;
      missing.status = 404;
      missing.body = R"({"error":{"code":"not_found","message":"no such thing"}})";
      return missing;
    }
    auto response = found->second.front();
    if (found->second.size() > 1) found->second.erase(found->second.begin());
    return response;
  }

  mutable std::mutex mutex_;
  std::map<std::string, std::vector<HttpResponse>> answers_;
  std::vector<std::string> requests_;
  HttpServer server_;
};

}  // namespace costd
