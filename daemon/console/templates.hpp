#pragma once
// The console's templates: files of templates/console, each may take in others by {{> name}}.

#include <string>

#include "daemon/json_views.hpp"

namespace costd {

/// templates/console/NAME.html with the values, escaped. Throws Error(config) naming the file.
std::string render_console(const Service& service, const std::string& name,
                           const OrderedJson& values);

/// The folder with the templates and the assets.
std::string console_folder(const Service& service);

}  // namespace costd
