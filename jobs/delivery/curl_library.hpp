#pragma once
// libcurl's own start, which must happen once and before any thread uses it.

#include <curl/curl.h>

#include <atomic>

namespace costd {

/// Throws Error(network) if libcurl does not start. Thread-safe; may be called again.
void start_curl_once();

/// For CURLOPT_XFERINFOFUNCTION, which libcurl asks about once a second; its data is the flag that
/// ends the transfer.
inline int is_interrupted(void* flag, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return *static_cast<const std::atomic<bool>*>(flag) ? 1 : 0;
}

}  // namespace costd
