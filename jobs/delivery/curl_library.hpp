#pragma once
// libcurl's own start, which must happen once and before any thread uses it.

namespace costd {

/// Throws Error(network) if libcurl does not start. Thread-safe; may be called again.
void start_curl_once();

}  // namespace costd
