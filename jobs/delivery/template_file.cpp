#include "jobs/delivery/template_file.hpp"

#include <fstream>
#include <iterator>
#include <kainjow/mustache.hpp>
#include <nlohmann/json.hpp>

#include "ledger/error.hpp"

namespace costd {
namespace {

namespace mustache = kainjow::mustache;
using Json = nlohmann::ordered_json;

mustache::data to_mustache(const Json& value) {
  if (value.is_object()) {
    mustache::data object;
    for (const auto& [name, member] : value.items()) object.set(name, to_mustache(member));
    return object;
  }
  if (value.is_array()) {
    mustache::data list(mustache::data::type::list);
    for (const Json& item : value) list.push_back(to_mustache(item));
    return list;
  }
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    return text.empty() ? mustache::data(false) : mustache::data(text);
  }
  if (value.is_number()) return mustache::data(value.dump());
  return mustache::data(value.is_boolean() && value.get<bool>());
}

}  // namespace

TemplateFile read_template(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!file.is_open() || file.bad()) {
    throw Error(ErrorCode::config, path +
                                       ": cannot read the template; restore it or set "
                                       "`templates` in the configuration");
  }
  return {path, std::move(text)};
}

std::string render_template(const TemplateFile& file, Escape escape, const Json& values) {
  mustache::mustache parsed(file.text);
  if (parsed.is_valid()) {
    if (escape == Escape::none) {
      parsed.set_custom_escape([](const std::string& value) { return value; });
    }
    std::string rendered = parsed.render(to_mustache(values));
    if (parsed.is_valid()) return rendered;
  }
  throw Error(ErrorCode::config, file.path + ": " + parsed.error_message());
}

}  // namespace costd
