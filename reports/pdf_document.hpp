#pragma once
// An A4 document under construction: pages, shapes, text and bookmarks. Lengths are points
// (1/72 inch), measured from the top left corner of the page.

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/time/instant.hpp"

namespace costd {

inline constexpr double page_width = 595.28;
inline constexpr double page_height = 841.89;

enum class Face { regular, semibold, bold };
inline constexpr std::size_t face_count = 3;

struct Color {
  double red = 0;
  double green = 0;
  double blue = 0;
};
/// 0x0B1F3A, as a style guide writes it.
constexpr Color rgb(unsigned hex) {
  return {((hex >> 16U) & 0xFFU) / 255.0, ((hex >> 8U) & 0xFFU) / 255.0, (hex & 0xFFU) / 255.0};
}

struct TextStyle {
  Face face = Face::regular;
  double size = 9;
  Color color;
};

enum class Align { left, center, right };

struct Point {
  double x = 0;
  double y = 0;
};

struct Box {
  double x = 0;
  double y = 0;  ///< upper edge
  double width = 0;
  double height = 0;
};

struct Pen {
  Color color;
  double width = 0.5;
  bool dashed = false;
};

/// A closed outline of straight lines and cubic curves.
struct Outline {
  struct Step {
    bool curve = false;
    Point control_1;  ///< of a curve
    Point control_2;
    Point end;
  };
  Point start;
  std::vector<Step> steps;
};

struct PdfMetadata {
  std::string title;
  std::string author;
  /// Tells two documents of one second apart: the file's identifier is computed from it, too.
  std::string subject;
  Instant created_at;
};

class PdfDocument {
 public:
  /// Throws Error(io) naming the font file that is missing.
  explicit PdfDocument(const PdfMetadata& metadata);
  ~PdfDocument();
  PdfDocument(const PdfDocument&) = delete;
  PdfDocument& operator=(const PdfDocument&) = delete;

  void add_page();
  int page_count() const;

  double text_width(std::string_view text, const TextStyle& style);
  /// Lines that fit the width, at least one. Words longer than the width are broken.
  std::vector<std::string> wrap(std::string_view text, const TextStyle& style, double width);
  /// The text, or as much of its beginning as fits with an ellipsis after it.
  std::string shorten(std::string_view text, const TextStyle& style, double width);

  /// `at` is the base line's left end, middle or right end, as `align` says.
  void draw_text(Point at, std::string_view text, const TextStyle& style,
                 Align align = Align::left);
  void fill_box(const Box& box, Color color, double corner_radius = 0);
  void stroke_box(const Box& box, const Pen& pen, double corner_radius = 0);
  void draw_line(Point from, Point to, const Pen& pen);
  void fill_outline(const Outline& outline, Color color);

  /// An entry of the table of contents that leads to height y of the page now being drawn. A
  /// child belongs to the last entry of the first level.
  enum class BookmarkLevel { chapter, section };
  void bookmark(const std::string& title, double y, BookmarkLevel level = BookmarkLevel::chapter);

  /// Puts a file into the document; its name is plain ASCII.
  void attach(const std::string& name, const std::string& bytes);

  /// Runs `draw` once more on each page, when their number is known; pages count from 1. Then
  /// gives the bytes. Nothing may be drawn afterwards.
  std::string finish(const std::function<void(PdfDocument&, int page, int page_count)>& draw);

 private:
  class Engine;
  std::unique_ptr<Engine> engine_;
};

}  // namespace costd
