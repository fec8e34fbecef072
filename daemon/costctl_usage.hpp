#pragma once
// Reads a usage text ("JOB [--tenant T] [--wait]") into the parameters it names.

#include <string>
#include <string_view>
#include <vector>

namespace costd {

struct Parameter {
  enum class Kind { flag, option, word, words };
  enum class Need { required, optional };
  std::string name;   ///< "tenant", or "JOB"
  std::string value;  ///< "T"; "" for a flag or a word
  Kind kind = Kind::flag;
  Need need = Need::required;
};

std::vector<Parameter> parse_usage(std::string_view usage);

}  // namespace costd
