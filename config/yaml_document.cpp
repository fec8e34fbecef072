#include "config/yaml_document.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <istream>
#include <map>
#include <optional>
#include <streambuf>
#include <utility>

#include "config/yaml_text.hpp"
#include "ledger/error.hpp"

namespace costd {
namespace {

[[noreturn]] void fail_at(const std::string& file, YamlPlace place, const std::string& message) {
  throw Error(ErrorCode::config, format_place(file, place) + ": " + message);
}

/// Lets the parser read the text without another copy of it.
class TextBuffer : public std::streambuf {
 public:
  explicit TextBuffer(std::string_view text) {
    // The buffer is only read from; std::streambuf has no constant form.
    char* begin = const_cast<char*>(text.data());
    setg(begin, begin, begin + text.size());
  }
};

/// Builds the tree from the parser's events and throws at the first thing that is refused.
class TreeBuilder : public YAML::EventHandler {
 public:
  TreeBuilder(std::string_view text, const std::string& file, const YamlLimits& limits)
      : text_(text), file_(file), limits_(limits), places_(text) {}

  YamlNode take_root() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++document_count_ == 1) return;
    fail(mark,
         "a second document begins here; keep one document in the file, and indent the lines "
         "of a block alike");
  }

  void OnDocumentEnd() override {
    // The parser takes the end of the file for the missing quote, so only the last one can lack it.
    if (is_unclosed_quote(text_, last_quoted_offset_)) {
      fail_at(file_, PlaceCounter(text_).place_of(last_quoted_offset_),
              "the quote is never closed; add the missing quote");
    }
  }

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    begin_node(mark, "?", anchor);
    YamlNode node;
    node.place = is_written_null(mark) ? place_of(mark) : place_of_missing(mark);
    add(std::move(node), mark);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { refuse_alias(mark); }

  void OnAnchor(const YAML::Mark& mark, const std::string&) override { refuse_anchor(mark); }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    begin_node(mark, tag, anchor);
    YamlNode node;
    node.kind = YamlNode::Kind::scalar;
    node.quoted = tag == "!";
    node.place = place_of(mark);
    node.text = value;
    if (node.quoted) last_quoted_offset_ = static_cast<std::size_t>(mark.pos);
    add(std::move(node), mark);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(YamlNode::Kind::list, mark, tag, anchor);
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(YamlNode::Kind::map, mark, tag, anchor);
  }
  void OnMapEnd() override { close(); }

  /// The alias or anchor that begins at the mark or last before it.
  [[noreturn]] void refuse_name_before(const YAML::Mark& mark) {
    const std::size_t offset =
        text_.find_last_of("*&", mark.pos < 0 ? 0 : static_cast<std::size_t>(mark.pos));
    YAML::Mark begin = mark;
    if (offset != std::string_view::npos) begin.pos = static_cast<int>(offset);
    if (offset != std::string_view::npos && text_[offset] == '&') refuse_anchor(begin);
    refuse_alias(begin);
  }

  [[noreturn]] void refuse_alias(const YAML::Mark& mark) {
    fail(mark, "aliases are not allowed; write the value out (or quote it, if the '*' is meant)");
  }

  [[noreturn]] void fail(const YAML::Mark& mark, const std::string& message) {
    fail_at(file_, place_of(mark), message);
  }

 private:
  using Key = std::pair<std::string, YamlPlace>;

  /// A list or map whose end has not come yet.
  struct Open {
    YamlNode node;
    std::optional<Key> key;                ///< of a map: read, its value still to come
    std::map<std::string, int> key_lines;  ///< of a map: where each key stands
  };

  YamlPlace place_of(const YAML::Mark& mark) {
    return places_.place_of(mark.pos < 0 ? 0 : static_cast<std::size_t>(mark.pos));
  }

  bool is_written_null(const YAML::Mark& mark) const {
    const auto offset = static_cast<std::size_t>(mark.pos);
    return mark.pos >= 0 && offset < text_.size() &&
           (text_[offset] == '~' || text_[offset] == 'n' || text_[offset] == 'N');
  }

  /// The parser sets the mark of a missing value to whatever follows; its key or list says more.
  YamlPlace place_of_missing(const YAML::Mark& mark) {
    if (open_.empty()) return place_of(mark);
    return open_.back().key ? open_.back().key->second : open_.back().node.place;
  }

  [[noreturn]] void refuse_anchor(const YAML::Mark& mark) {
    fail(mark,
         "anchors are not allowed; write the value out where it is needed (or quote it, if "
         "the '&' is meant)");
  }

  /// What holds for every node, before it is kept.
  void begin_node(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    if (anchor != YAML::NullAnchor) refuse_anchor(mark);
    if (tag != "?" && tag != "!") {
      fail(mark, "tags are not allowed; remove the word after '!' (or quote it, if it is meant)");
    }
    if (++node_count_ > limits_.nodes_max) {
      fail(mark, "more than " + std::to_string(limits_.nodes_max) +
                     " values and keys; split the file or shorten it");
    }
  }

  void open(YamlNode::Kind kind, const YAML::Mark& mark, const std::string& tag,
            YAML::anchor_t anchor) {
    begin_node(mark, tag, anchor);
    if (open_.size() >= limits_.depth_max) {
      fail(mark, "nested deeper than " + std::to_string(limits_.depth_max) +
                     " levels; no setting is that deep, look for brackets that are not closed");
    }
    const bool is_key = expects_key();
    if (is_key) fail(mark, "a key must be a text; write the key as a single word");
    Open opened;
    opened.node.kind = kind;
    opened.node.place = place_of(mark);
    open_.push_back(std::move(opened));
  }

  void close() {
    YamlNode node = std::move(open_.back().node);
    open_.pop_back();
    place_value(std::move(node));
  }

  bool expects_key() const {
    return !open_.empty() && open_.back().node.kind == YamlNode::Kind::map && !open_.back().key;
  }

  void add(YamlNode node, const YAML::Mark& mark) {
    if (expects_key()) {
      take_key(std::move(node), mark);
    } else {
      place_value(std::move(node));
    }
  }

  void take_key(YamlNode node, const YAML::Mark& mark) {
    if (node.kind != YamlNode::Kind::scalar || node.text.empty()) {
      fail(mark, "a key is empty; write the key before the ':'");
    }
    if (node.text == "<<" && !node.quoted) {
      fail(mark, "merge keys are not allowed; write the keys out");
    }
    Open& map = open_.back();
    const auto [known, is_new] = map.key_lines.try_emplace(node.text, node.place.line);
    if (!is_new) {
      fail(mark, "key '" + node.text + "' was given in line " + std::to_string(known->second) +
                     " already; remove one of the two");
    }
    map.key = Key{std::move(node.text), node.place};
  }

  void place_value(YamlNode node) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& parent = open_.back();
    if (parent.node.kind == YamlNode::Kind::list) {
      parent.node.items.push_back(std::move(node));
      return;
    }
    parent.node.entries.push_back(
        {std::move(parent.key->first), parent.key->second, std::move(node)});
    parent.key.reset();
  }

  std::string_view text_;
  const std::string& file_;
  const YamlLimits& limits_;
  PlaceCounter places_;
  std::vector<Open> open_;
  YamlNode root_;
  int document_count_ = 0;
  std::size_t node_count_ = 0;
  std::size_t last_quoted_offset_ = std::string_view::npos;
};

[[noreturn]] void refuse_syntax(TreeBuilder& builder, const YAML::Exception& error) {
  // Some aliases and anchors the parser refuses before the builder sees them, "* * * * *" among
  // them; what to do is the same.
  const bool is_about_names =
      error.msg.find("alias") != std::string::npos || error.msg.find("anchor") != std::string::npos;
  if (is_about_names) builder.refuse_name_before(error.mark);
  builder.fail(error.mark, "not valid YAML (" + error.msg +
                               "); look here and just before for indentation, a tab, or a missing "
                               "quote, comma or bracket");
}

void check_characters(std::string_view text, const std::string& file) {
  const std::size_t bad = find_bad_character(text);
  if (bad == std::string_view::npos) return;
  const YamlPlace place = PlaceCounter(text).place_of(bad);
  if (utf8_length_at(text, bad) == 0) {
    fail_at(file, place, "not UTF-8; save the file in UTF-8");
  }
  fail_at(file, place, "a control character; remove it");
}

std::string too_large(const YamlLimits& limits) {
  return "larger than " + std::to_string(limits.bytes_max) + " bytes; split the file or shorten it";
}

}  // namespace

std::string format_place(const std::string& file, YamlPlace place) {
  return file + ":" + std::to_string(place.line) + ":" + std::to_string(place.column);
}

YamlDocument parse_yaml(std::string_view text, const std::string& file, const YamlLimits& limits) {
  if (text.size() > limits.bytes_max) fail_at(file, {}, too_large(limits));
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  check_characters(text, file);
  TextBuffer buffer(text);
  std::istream stream(&buffer);
  TreeBuilder builder(text, file, limits);
  try {
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const YAML::Exception& error) {
    refuse_syntax(builder, error);
  }
  return {file, builder.take_root()};
}

}  // namespace costd
