#include "daemon/console/templates.hpp"

#include "jobs/delivery/template_file.hpp"
#include "ledger/error.hpp"

namespace costd {
namespace {

constexpr int depth_max = 5;
constexpr std::string_view partial_begin = "{{> ";

TemplateFile read_with_partials(const std::string& folder, const std::string& name, int depth) {
  TemplateFile file = read_template(folder + "/" + name + ".html");
  if (depth > depth_max) {
    throw Error(ErrorCode::config,
                file.path + ": takes itself in; take the {{> " + name + "}} out");
  }
  for (auto at = file.text.find(partial_begin); at != std::string::npos;
       at = file.text.find(partial_begin, at)) {
    const auto end = file.text.find("}}", at);
    if (end == std::string::npos) break;  // mustache itself reports it
    const auto begin = at + partial_begin.size();
    const std::string part =
        read_with_partials(folder, file.text.substr(begin, end - begin), depth + 1).text;
    file.text.replace(at, end + 2 - at, part);
    at += part.size();
  }
  return file;
}

}  // namespace

std::string console_folder(const Service& service) {
  return service.settings.get()->templates_dir + "/console";
}

std::string render_console(const Service& service, const std::string& name,
                           const OrderedJson& values) {
  return render_template(read_with_partials(console_folder(service), name, 0), Escape::html,
                         values);
}

}  // namespace costd
