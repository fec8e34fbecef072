#pragma once
// A desk that stores alerts and remembers what was raised, without channels.

#include <string>
#include <vector>

#include "jobs/alerts/alert_desk.hpp"
#include "ledger/store/alert_store.hpp"

namespace costd::test {

struct RecordingDesk : AlertDesk {
  std::vector<Alert> raised;

  bool raise(UnitOfWork& unit, const Alert& alert, Instant now) override {
    if (!store_alert(unit, alert, now)) return false;
    raised.push_back(alert);
    return true;
  }
  /// The titles since the last call.
  std::vector<std::string> titles() {
    std::vector<std::string> titles;
    for (const Alert& alert : raised) titles.push_back(alert.title);
    raised.clear();
    return titles;
  }
};

}  // namespace costd::test
