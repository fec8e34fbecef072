#include "daemon/console/assets.hpp"

#include <array>

#include "daemon/console/templates.hpp"
#include "jobs/durable_file.hpp"
#include "ledger/error.hpp"
#include "ledger/sha256.hpp"

namespace costd {
namespace {

constexpr std::size_t version_letters = 16;

struct KnownAsset {
  const char* file;
  const char* content_type;
};
constexpr std::array<KnownAsset, 3> known_assets{{
    {"console.css", "text/css; charset=utf-8"},
    {"console.js", "text/javascript; charset=utf-8"},
    {"icon.svg", "image/svg+xml"},
}};

/// Its address has its version, so whoever has it need not ask again.
HttpResponse send_asset(Service& service, const RouteCall& call) {
  Asset asset = asset_of(service, call.path.at("file"));
  const std::string tag = "\"" + asset.version + "\"";
  HttpResponse response;
  response.content_type = asset.content_type;
  const bool is_current = call.query("v") == asset.version;
  response.headers = {
      {"ETag", tag},
      {"Cache-Control", is_current ? "public, max-age=31536000, immutable" : "no-cache"},
      {"Cross-Origin-Resource-Policy", "same-origin"}};
  if (call.header("if-none-match") == tag) {
    response.status = 304;
    return response;
  }
  response.body = std::move(asset.bytes);
  return response;
}

}  // namespace

Asset asset_of(const Service& service, const std::string& file) {
  for (const KnownAsset& known : known_assets) {
    if (file != known.file) continue;
    std::string bytes = read_file(console_folder(service) + "/" + file);
    std::string version = sha256_hex(bytes).substr(0, version_letters);
    return {std::move(bytes), known.content_type, std::move(version)};
  }
  throw Error(ErrorCode::not_found, "the console has no file " + file);
}

std::vector<Route> asset_routes() {
  return {{"GET", "/console/assets/{file}", Role::anyone, send_asset,
           "style sheet, script and icon of the console", TenantUse::open}};
}

}  // namespace costd
