#pragma once
// Mustache templates that a site may restyle: the text of a file and values in, text out.

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace costd {

enum class Escape { html, none };

struct TemplateFile {
  std::string path;  ///< what messages call it
  std::string text;
};

/// Throws Error(config), with the remedy, where the file cannot be read.
TemplateFile read_template(const std::string& path);

/// Sections follow objects, lists and truth; null, false and "" leave a section out. Throws
/// Error(config) naming the file where its text is no mustache.
std::string render_template(const TemplateFile& file, Escape escape,
                            const nlohmann::ordered_json& values);

}  // namespace costd
