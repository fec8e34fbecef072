#include "jobs/delivery/transport.hpp"

namespace costd {

const char* name_of(SendOutcome outcome) {
  switch (outcome) {
    case SendOutcome::sent:
      return "sent";
    case SendOutcome::retry:
      return "retry";
    case SendOutcome::rejected:
      return "rejected";
    case SendOutcome::too_large:
      return "too_large";
    case SendOutcome::ambiguous:
      return "ambiguous";
  }
  return "unknown";
}

}  // namespace costd
