#include "jobs/delivery/curl_library.hpp"

#include <curl/curl.h>

#include <mutex>

#include "ledger/error.hpp"

namespace costd {

void start_curl_once() {
  static std::once_flag started;
  std::call_once(started, [] {
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
      throw Error(ErrorCode::network, "libcurl did not start; nothing can be sent by network");
    }
  });
}

}  // namespace costd
