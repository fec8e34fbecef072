#pragma once
// A YAML file as a small tree in which every node knows its line and column. Only the plain part of
// YAML is let in: what could surprise a reader or grow without bound is refused while parsing.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace costd {

/// Where something stands in its file; both count from 1, the column in characters.
struct YamlPlace {
  int line = 1;
  int column = 1;
};

struct YamlEntry;

struct YamlNode {
  enum class Kind { null, scalar, list, map };

  Kind kind = Kind::null;
  bool quoted = false;             ///< the scalar stood in quotes or was a block
  YamlPlace place;                 ///< of an empty value: where its key stands
  std::string text;                ///< of a scalar, exactly as written: 2.50 stays "2.50"
  std::vector<YamlNode> items;     ///< of a list
  std::vector<YamlEntry> entries;  ///< of a map, in the order of the file; keys are unique
};

struct YamlEntry {
  std::string key;
  YamlPlace key_place;
  YamlNode value;
};

struct YamlDocument {
  std::string file;  ///< as messages name it
  YamlNode root;
};

struct YamlLimits {
  std::size_t bytes_max;  ///< inclusive, as are the others
  std::size_t nodes_max;  ///< keys count, too
  std::size_t depth_max = 16;
};

inline constexpr YamlLimits config_yaml_limits{1'048'576, 10'000};
inline constexpr YamlLimits price_yaml_limits{16 * 1'048'576, 1'000'000};
inline constexpr YamlLimits evidence_yaml_limits{4 * 1'048'576, 200'000};

/// Refuses anchors, aliases, tags, merge keys, duplicate keys, keys that are not text, a second
/// document, control characters, bytes that are not UTF-8, and whatever is beyond the limits.
/// Throws Error(config) with "file:line:column: what is wrong; what to do". An empty text gives a
/// null root.
YamlDocument parse_yaml(std::string_view text, const std::string& file, const YamlLimits& limits);

/// Reads the regular file at `file`; messages name it so. Throws Error(config) as parse_yaml does,
/// and "file: ..." when it cannot be read.
YamlDocument load_yaml(const std::string& file, const YamlLimits& limits);

/// "file:line:column", as messages begin.
std::string format_place(const std::string& file, YamlPlace place);

}  // namespace costd
