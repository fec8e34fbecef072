#include "daemon/close_settings.hpp"

namespace costd {

CloseOptions close_options(const Settings& settings, AlertDesk* alerts) {
  CloseOptions options;
  options.grace = settings.grace;
  options.alerts = alerts;
  for (const SourceSettings& source : settings.sources) {
    // A month waits for records of usage, not for a log.
    if (!source.is_audit()) options.sources.push_back(source.name);
  }
  return options;
}

}  // namespace costd
