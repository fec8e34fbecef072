// The server on a loopback TCP port, and what happens where there are too many connections.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <future>
#include <memory>
#include <stdexcept>
#include <vector>

#include "daemon/control/http_server.hpp"
#include "ledger/error.hpp"

namespace costd {
namespace {

class TcpClient {
 public:
  explicit TcpClient(unsigned short port) : descriptor_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const auto* const generic = reinterpret_cast<const sockaddr*>(&address);
    if (::connect(descriptor_, generic, sizeof address) != 0) throw std::runtime_error("connect");
  }
  ~TcpClient() { ::close(descriptor_); }
  TcpClient(const TcpClient&) = delete;
  TcpClient& operator=(const TcpClient&) = delete;

  void send(const std::string& bytes) const {
    if (::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL) < 0) {
      throw std::runtime_error("send");
    }
  }
  std::string read_until(const std::string& text) const {
    std::string received;
    char byte = 0;
    while (received.find(text) == std::string::npos && ::recv(descriptor_, &byte, 1, 0) == 1) {
      received.push_back(byte);
    }
    return received;
  }
  /// What comes until the server closes; it may reset what was never read.
  std::string read_to_end() const { return read_until("\x01"); }

 private:
  int descriptor_;
};

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
  const TcpClient client(server.port());
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
  std::vector<std::unique_ptr<TcpClient>> slow;
  for (int n = 0; n < 20; ++n) {
    slow.push_back(std::make_unique<TcpClient>(server.port()));
    slow.back()->send("GET /x HTTP/1.1\r\nX-A: ");
  }
  const TcpClient quick(server.port());
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
  const TcpClient first(server.port());
  first.send(request);
  begun.get_future().wait();
  const TcpClient second(server.port());
  CHECK_THAT(second.read_to_end(), Catch::Contains("503 Service Unavailable"));
  release.set_value();
  CHECK_THAT(first.read_until(" end"), Catch::Contains("200 OK"));
}

TEST_CASE("one address has only so many connections", "[http]") {
  HttpLimits limits;
  limits.peer_connections_max = 1;
  const HttpServer server(TcpPlace{"127.0.0.1", 0}, limits, echo);
  const TcpClient first(server.port());
  first.send(request);
  first.read_until(" end");
  const TcpClient second(server.port());
  CHECK_THAT(second.read_to_end(),
             Catch::Contains("503 Service Unavailable") && Catch::Contains("too many connections"));
  first.send(request);
  CHECK_THAT(first.read_until(" end"), Catch::Contains("200 OK"));
}

}  // namespace costd
