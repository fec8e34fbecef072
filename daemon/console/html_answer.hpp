#pragma once
// Answers of the console: documents with the headers that keep a browser from doing more than it
// should.

#include <string>

#include "daemon/console/console.hpp"
#include "daemon/console/visitor.hpp"
#include "daemon/json_views.hpp"

namespace costd {

HttpResponse html_response(std::string html, int status = 200);
HttpResponse redirect_to(const std::string& location);

/// What the frame around a page says.
struct Frame {
  std::string page;  ///< the id that the navigation marks
  std::string title;
  int refresh_s = 0;
  std::string notice{};
};
/// The whole document. The session's token stands where the body has the mark of the console.
std::string framed(const Service& service, const Visitor& visitor, const Frame& frame,
                   const std::string& body);
/// The mark becomes the session's token.
std::string with_csrf(std::string html, const Console& console, const Session& session);

/// A page that says what is wrong and what to do.
HttpResponse error_page(const Service& service, const Visitor& visitor, const std::string& page,
                        int status, const std::string& message);

/// The address of an asset, which changes with its content.
std::string asset_address(const Service& service, const std::string& file);

}  // namespace costd
