#pragma once
// The target of a request line: percent-decoded path and query.

#include <map>
#include <string>
#include <string_view>

namespace costd {

struct HttpTarget {
  std::string path;
  std::map<std::string, std::string> query;
};

/// Splits and decodes "/v1/runs?limit=5". A '+' stays a '+', so that instants with an offset can be
/// typed as they are; below /console, where forms of browsers lead, it is a blank. Throws
/// Error(usage) for anything but an absolute path, for broken percent codes, control characters and
/// a repeated name.
HttpTarget parse_http_target(std::string_view target);

}  // namespace costd
