#pragma once
// Reads LiteLLM's price map model by model, with each number as the text that stands in the file.

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>

namespace costd {

/// One key of the map with its direct members.
struct MapModel {
  std::string key;
  std::map<std::string, std::string> numbers;  ///< as written: "1.5e-07"
  std::map<std::string, std::string> texts;
  std::set<std::string> nested;  ///< names of members that are objects or lists
};

/// Calls `visit` for each key in the order of the file. Throws Error(config) with
/// "file:line:column: ..." if the text is no JSON object whose members are objects.
void read_map_models(std::string_view text, const std::string& file,
                     const std::function<void(const MapModel&)>& visit);

}  // namespace costd
