// Answers that are too large for memory and go out piece by piece.

#include <catch2/catch.hpp>
#include <future>
#include <memory>
#include <stdexcept>

#include "daemon/control/http_client.hpp"
#include "daemon/control/http_server.hpp"
#include "tests/daemon/raw_client.hpp"
#include "tests/daemon/temporary_folder.hpp"
#include "tests/support/quiet_log.hpp"

namespace costd {
namespace {

constexpr int piece_count = 50;

std::string piece(int number) {
  return std::string(10'000, static_cast<char>('a' + number % 26));
}

std::string all_pieces() {
  std::string all;
  for (int number = 0; number < piece_count; ++number) all += piece(number);
  return all;
}

HttpResponse in_pieces(const HttpRequest&) {
  HttpResponse response;
  response.body = piece(0);
  response.next_piece = [number = std::make_shared<int>(0)] {
    return ++*number < piece_count ? piece(*number) : "";
  };
  return response;
}

HttpResponse broken_off(const HttpRequest&) {
  HttpResponse response;
  response.body = "the first";
  response.next_piece = []() -> std::string { throw std::runtime_error("the disk is gone"); };
  return response;
}

std::string body_of(const std::string& answer) {
  return answer.substr(answer.find("\r\n\r\n") + 4);
}

}  // namespace

TEST_CASE("an answer in pieces arrives whole", "[http]") {
  const TemporaryFolder folder;
  const HttpServer server(folder / "s", {}, in_pieces);
  const auto reply = http_request(folder / "s", "GET", "/");
  CHECK(reply.status == 200);
  CHECK(reply.headers.at("transfer-encoding") == "chunked");
  CHECK(reply.headers.count("content-length") == 0);
  CHECK((reply.body == all_pieces()));
}

TEST_CASE("the connection goes on after an answer in pieces", "[http]") {
  const TemporaryFolder folder;
  const HttpServer server(folder / "s", {}, in_pieces);
  RawClient client(folder / "s");
  client.send("GET /one HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(client.read_until("\r\n0\r\n\r\n").starts_with("HTTP/1.1 200 OK\r\n"));
  client.send("GET /two HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  CHECK(client.read_to_end().ends_with("\r\n0\r\n\r\n"));
}

TEST_CASE("to HTTP/1.0 the connection's end is the body's", "[http]") {
  const TemporaryFolder folder;
  const HttpServer server(folder / "s", {}, in_pieces);
  RawClient client(folder / "s");
  client.send("GET / HTTP/1.0\r\nHost: x\r\nConnection: keep-alive\r\n\r\n");
  const std::string answer = client.read_to_end();
  CHECK(answer.find("chunked") == std::string::npos);
  CHECK((body_of(answer) == all_pieces()));
}

TEST_CASE("an answer that cannot go on is cut, not ended", "[http]") {
  const test::QuietLog quiet;
  const TemporaryFolder folder;
  const HttpServer server(folder / "s", {}, broken_off);
  CHECK_THROWS(http_request(folder / "s", "GET", "/"));
  RawClient client(folder / "s");
  client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  const std::string answer = client.read_to_end();
  CHECK(answer.find("the first") != std::string::npos);
  CHECK(answer.find("0\r\n\r\n") == std::string::npos);
}

TEST_CASE("to HTTP/1.0 a cut answer ends with a reset, a whole one does not", "[http]") {
  const test::QuietLog quiet;
  for (const HttpHandler& handler : {HttpHandler(in_pieces), HttpHandler(broken_off)}) {
    const HttpServer server(TcpPlace{"127.0.0.1", 0}, {}, handler);
    RawClient client(server.port());
    client.send("GET / HTTP/1.0\r\nHost: x\r\n\r\n");
    const std::string answer = client.read_to_end();
    CHECK(client.was_reset() == (answer.find(piece(1)) == std::string::npos));
  }
}

TEST_CASE("the answer to HEAD has no pieces, and the connection goes on", "[http]") {
  const TemporaryFolder folder;
  const HttpServer server(folder / "s", {}, in_pieces);
  RawClient client(folder / "s");
  client.send("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(client.read_until("\r\n\r\n").find("chunked") != std::string::npos);
  client.send("HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  CHECK(client.read_to_end().starts_with("HTTP/1.1 200 OK\r\n"));
}

TEST_CASE("a peer that leaves in the middle ends the pieces", "[http]") {
  const TemporaryFolder folder;
  std::promise<void> forgotten;
  const HttpServer server(folder / "s", {}, [&forgotten](const HttpRequest&) {
    HttpResponse response;
    response.body = piece(0);
    const std::shared_ptr<void> held(nullptr, [&forgotten](void*) { forgotten.set_value(); });
    response.next_piece = [held] { return piece(1); };  // and never an end
    return response;
  });
  {
    RawClient client(folder / "s");
    client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    client.read_until("bbbb");
  }
  CHECK(forgotten.get_future().wait_for(std::chrono::seconds(30)) == std::future_status::ready);
}

}  // namespace costd
