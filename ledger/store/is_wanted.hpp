#pragma once
// What a filter lets through.

#include <optional>
#include <string>

namespace costd {

/// Nothing wanted lets everything through.
inline bool is_wanted(const std::optional<std::string>& wanted, const std::string& value) {
  return !wanted || *wanted == value;
}

}  // namespace costd
