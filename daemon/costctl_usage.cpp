#include "daemon/costctl_usage.hpp"

#include <sstream>

namespace costd {

std::vector<Parameter> parse_usage(std::string_view usage) {
  std::vector<Parameter> parameters;
  std::istringstream stream{std::string(usage)};
  int depth = 0;
  bool value_may_follow = false;
  for (std::string word; stream >> word;) {
    while (word.starts_with('[')) {
      ++depth;
      value_may_follow = false;
      word.erase(0, 1);
    }
    int closing = 0;
    while (word.ends_with(']')) {
      ++closing;
      word.pop_back();
    }
    const auto need = depth > 0 ? Parameter::Need::optional : Parameter::Need::required;
    if (word == "|") {
      value_may_follow = false;
    } else if (word.starts_with("--")) {
      parameters.push_back({word.substr(2), "", Parameter::Kind::flag, need});
      value_may_follow = true;
    } else if (value_may_follow) {
      parameters.back().value = word;
      parameters.back().kind = Parameter::Kind::option;
      value_may_follow = false;
    } else if (word.ends_with("...")) {
      parameters.push_back({word.substr(0, word.size() - 3), "", Parameter::Kind::words, need});
    } else {
      parameters.push_back({word, "", Parameter::Kind::word, need});
    }
    if (closing > 0) value_may_follow = false;
    depth -= closing;
  }
  return parameters;
}

}  // namespace costd
