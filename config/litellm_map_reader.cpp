#include "config/litellm_map_reader.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "config/yaml_document.hpp"
#include "ledger/error.hpp"

namespace costd {
namespace {

using Json = nlohmann::json;

/// The events of the parser; depth 1 is the map, depth 2 a model.
class MapReader : public nlohmann::json_sax<Json> {
 public:
  explicit MapReader(const std::function<void(const MapModel&)>& visit) : visit_(visit) {}

  const std::string& problem() const { return problem_; }
  std::size_t position() const { return position_; }

  bool null() override { return scalar(); }
  bool boolean(bool) override { return scalar(); }
  bool number_integer(number_integer_t value) override { return number(std::to_string(value)); }
  bool number_unsigned(number_unsigned_t value) override { return number(std::to_string(value)); }
  bool number_float(number_float_t, const string_t& text) override { return number(text); }
  bool string(string_t& text) override {
    if (depth_ == 2) model_.texts[member_] = text;
    return scalar();
  }
  bool binary(binary_t&) override { return scalar(); }
  bool start_object(std::size_t) override {
    ++depth_;
    if (depth_ == 3) model_.nested.insert(member_);
    return true;
  }
  bool end_object() override {
    if (depth_-- == 2) visit_(model_);
    return true;
  }
  bool start_array(std::size_t) override {
    if (depth_ < 2) return stop();
    ++depth_;
    if (depth_ == 3) model_.nested.insert(member_);
    return true;
  }
  bool end_array() override {
    --depth_;
    return true;
  }
  bool key(string_t& name) override {
    if (depth_ == 1) {
      model_ = MapModel{};
      model_.key = name;
    } else if (depth_ == 2) {
      member_ = name;
    }
    return true;
  }
  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception&) override {
    position_ = position;
    problem_ = "is no JSON from here on; fetch the map again";
    return false;
  }

 private:
  bool number(const std::string& text) {
    if (depth_ == 2) model_.numbers[member_] = text;
    return scalar();
  }
  bool scalar() { return depth_ >= 2 || stop(); }
  bool stop() {
    problem_ = (model_.key.empty() ? "the map" : "model \"" + model_.key + "\"") +
               " is no object of fields; import LiteLLM's map, or a price file with 'prices:'";
    return false;
  }

  const std::function<void(const MapModel&)>& visit_;
  MapModel model_;
  std::string member_;
  int depth_ = 0;
  std::size_t position_ = 0;
  std::string problem_;
};

YamlPlace place_of(std::string_view text, std::size_t position) {
  const std::string_view before = text.substr(0, std::min(position > 0 ? position - 1 : 0,
                                                          text.size()));
  const std::size_t line_start = before.rfind('\n') + 1;  // 0 without one
  return {static_cast<int>(std::ranges::count(before, '\n')) + 1,
          static_cast<int>(before.size() - line_start) + 1};
}

}  // namespace

void read_map_models(std::string_view text, const std::string& file,
                     const std::function<void(const MapModel&)>& visit) {
  MapReader reader(visit);
  if (Json::sax_parse(text, &reader)) return;
  throw Error(ErrorCode::config,
              format_place(file, place_of(text, reader.position())) + ": " + reader.problem());
}

}  // namespace costd
