// The server on a loopback TCP port, and what happens where there are too many connections.

#include <catch2/catch.hpp>
#include <future>
#include <memory>
#include <stdexcept>
#include <vector>

#include "daemon/control/http_server.hpp"
#include "ledger/error.hpp"
#include "tests/daemon/raw_client.hpp"

namespace costd {
namespace {

const std::string request = "GET /x HTTP/1.1\r\nHost: x\r\n\r\n";

HttpResponse echo(const HttpRequest& asked) {
  HttpResponse response;
  response.body = asked.path + (asked.peer.via == Peer::Via::tcp ? " tcp " : " unix ") +
                  asked.peer.address + " end";
  return response;
}

HttpLimits crowded(int connections) {
  HttpLimits limits;
  limits.connections_max = connections;
  limits.crowding = Crowding::oldest_waiting_leaves;
  return limits;
}

ErrorCode code_of(const TcpPlace& place) {
  try {
    const HttpServer server(place, {}, echo);
  } catch (const Error& error) {
    return error.code();
  }
  throw std::runtime_error("it listens");
}

}  // namespace

TEST_CASE("a request over TCP comes from an address, and from no user", "[http]") {
  const HttpServer server(TcpPlace{"127.0.0.1", 0}, {}, echo);
  CHECK(server.port() != 0);
  RawClient client(server.port());
  client.send(request);
  CHECK_THAT(client.read_until(" end"), Catch::EndsWith("/x tcp 127.0.0.1 end"));
  client.send(request);
  CHECK_THAT(client.read_until(" end"), Catch::Contains("200 OK"));
}

TEST_CASE("only a loopback address is listened on, and a port only once", "[http]") {
  CHECK(code_of({"0.0.0.0", 0}) == ErrorCode::config);
  CHECK(code_of({"::", 0}) == ErrorCode::config);
  CHECK(code_of({"localhost", 0}) == ErrorCode::config);
  const HttpServer server(TcpPlace{"127.0.0.1", 0}, {}, echo);
  CHECK(code_of({"127.0.0.1", server.port()}) == ErrorCode::refused);
}

TEST_CASE("where it is crowded, whoever has waited longest makes way", "[http]") {
  const HttpServer server(TcpPlace{"127.0.0.1", 0}, crowded(2), echo);
  std::vector<std::unique_ptr<RawClient>> slow;
  for (int n = 0; n < 20; ++n) {
    slow.push_back(std::make_unique<RawClient>(server.port()));
    slow.back()->send("GET /x HTTP/1.1\r\nX-A: ");
  }
  RawClient quick(server.port());
  quick.send(request);
  CHECK_THAT(quick.read_until(" end"), Catch::Contains("200 OK"));
  CHECK(slow.front()->read_to_end().empty());
  // The newest of those that only wait is there still.
  slow.back()->send("b\r\nHost: x\r\n\r\n");
  CHECK_THAT(slow.back()->read_until(" end"), Catch::Contains("200 OK"));
}

TEST_CASE("a request that is being answered makes way for nobody", "[http]") {
  std::promise<void> begun;
  std::promise<void> release;
  const auto released = release.get_future().share();
  const HttpServer server(TcpPlace{"127.0.0.1", 0}, crowded(1), [&](const HttpRequest& asked) {
    begun.set_value();
    released.wait();
    return echo(asked);
  });
  RawClient first(server.port());
  first.send(request);
  begun.get_future().wait();
  RawClient second(server.port());
  CHECK_THAT(second.read_to_end(), Catch::Contains("503 Service Unavailable"));
  release.set_value();
  CHECK_THAT(first.read_until(" end"), Catch::Contains("200 OK"));
}

TEST_CASE("one address has only so many connections", "[http]") {
  HttpLimits limits;
  limits.peer_connections_max = 1;
  const HttpServer server(TcpPlace{"127.0.0.1", 0}, limits, echo);
  RawClient first(server.port());
  first.send(request);
  first.read_until(" end");
  RawClient second(server.port());
  CHECK_THAT(second.read_to_end(),
             Catch::Contains("503 Service Unavailable") && Catch::Contains("too many connections"));
  first.send(request);
  CHECK_THAT(first.read_until(" end"), Catch::Contains("200 OK"));
}

}  // namespace costd
