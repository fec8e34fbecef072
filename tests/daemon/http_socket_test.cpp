// Where the server listens: the socket's file, its mode, and who may be in the place already.

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstring>
#include <filesystem>
#include <string>

#include "daemon/control/http_client.hpp"
#include "daemon/control/http_server.hpp"
#include "ledger/error.hpp"
#include "tests/daemon/temporary_folder.hpp"

namespace costd {
namespace {

HttpResponse answer_ok(const HttpRequest&) {
  return {};
}

}  // namespace

TEST_CASE("the socket is open to its owner and group only", "[http]") {
  const TemporaryFolder folder;
  const HttpServer server(folder / "s", {}, answer_ok);
  struct stat status {};
  REQUIRE(::lstat((folder / "s").c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0660);
}

TEST_CASE("a socket of a dead process is replaced, a living one is not", "[http]") {
  const TemporaryFolder folder;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, (folder / "s").data(), (folder / "s").size());
  const int stale = ::socket(AF_UNIX, SOCK_STREAM, 0);
  REQUIRE(::bind(stale, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  ::close(stale);
  const HttpServer server(folder / "s", {}, answer_ok);
  CHECK(http_request(folder / "s", "GET", "/").status == 200);
  try {
    const HttpServer second(folder / "s", {}, answer_ok);
    FAIL("two servers on one socket");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::refused);
  }
  CHECK(http_request(folder / "s", "GET", "/").status == 200);
}

TEST_CASE("a file in the socket's place, or a long path, is an error", "[http]") {
  const TemporaryFolder folder;
  folder.write("s", "precious");
  CHECK_THROWS_AS(HttpServer(folder / "s", {}, answer_ok), Error);
  CHECK(folder.read("s") == "precious");
  CHECK_THROWS_AS(HttpServer(folder / "no/such/folder/s", {}, answer_ok), Error);
  try {
    const HttpServer server(folder / std::string(108, 'x'), {}, answer_ok);
    FAIL("the path fits no socket address");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::config);
  }
}

TEST_CASE("a client without a daemon says what to do", "[http]") {
  const TemporaryFolder folder;
  try {
    http_request(folder / "s", "GET", "/");
    FAIL("nobody listens");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::network);
    CHECK(std::string(error.what()).find("--socket or COSTD_SOCKET") != std::string::npos);
  }
}

}  // namespace costd
