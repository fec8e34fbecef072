#include "daemon/control/http_server.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <future>
#include <stdexcept>
#include <thread>
#include <vector>

#include "daemon/control/http_client.hpp"
#include "tests/daemon/raw_client.hpp"
#include "tests/daemon/temporary_folder.hpp"
#include "tests/support/quiet_log.hpp"

namespace costd {
namespace {

using std::chrono::milliseconds;

HttpResponse echo(const HttpRequest& request) {
  HttpResponse response;
  response.body = request.method + " " + request.path;
  for (const auto& [name, value] : request.query) response.body += " " + name + "=" + value;
  response.body += " " + request.body;
  return response;
}

std::string answer_to(const std::string& bytes, HttpLimits limits = {}) {
  const TemporaryFolder folder;
  const HttpServer server(folder / "s", limits, echo);
  RawClient client(folder / "s");
  client.send(bytes);
  return client.read_to_end();
}

std::string status_of(const std::string& answer) {
  return answer.substr(0, answer.find('\r'));
}

}  // namespace

TEST_CASE("a request reaches the handler decoded and its answer comes back", "[http]") {
  const TemporaryFolder folder;
  const HttpServer server(folder / "s", {}, [](const HttpRequest& request) {
    auto response = echo(request);
    response.status = 202;
    response.headers["Content-Disposition"] = "attachment; filename=\"a.pdf\"";
    return response;
  });
  const auto reply = http_request(
      folder / "s", "POST",
      "/v1/a%20b?after=2026-01-01T00:00:00+01:00&t=" + url_encode("Ελλάδα & 100%"), "body");
  CHECK(reply.status == 202);
  CHECK(reply.body == "POST /v1/a b after=2026-01-01T00:00:00+01:00 t=Ελλάδα & 100% body");
  CHECK(reply.content_type == "application/json");
  CHECK(reply.headers.at("content-disposition") == "attachment; filename=\"a.pdf\"");
  CHECK(reply.headers.at("cache-control") == "no-store");
}

TEST_CASE("an answer may be large and hold any byte", "[http]") {
  const TemporaryFolder folder;
  std::string bytes(20'000'000, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 7);
  const HttpServer server(folder / "s", {}, [&bytes](const HttpRequest&) {
    HttpResponse response;
    response.content_type = "application/pdf";
    response.body = bytes;
    return response;
  });
  const auto reply = http_request(folder / "s", "GET", "/");
  CHECK(reply.content_type == "application/pdf");
  CHECK((reply.body == bytes));
}

TEST_CASE("the handler knows who is at the other end", "[http]") {
  const TemporaryFolder folder;
  const HttpServer server(folder / "s", {}, [](const HttpRequest& request) {
    HttpResponse response;
    response.body = std::to_string(request.peer.uid) + " " + std::to_string(request.peer.gid) +
                    " " + std::to_string(request.peer.pid);
    return response;
  });
  CHECK(http_request(folder / "s", "GET", "/").body == std::to_string(::getuid()) + " " +
                                                           std::to_string(::getgid()) + " " +
                                                           std::to_string(::getpid()));
}

TEST_CASE("one connection carries several requests", "[http]") {
  const TemporaryFolder folder;
  const HttpServer server(folder / "s", {}, echo);
  RawClient client(folder / "s");
  client.send("GET /one HTTP/1.1\r\nHost: x\r\n\r\nGET /two HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(client.read_until("GET /one ").find("200 OK") != std::string::npos);
  CHECK(client.read_until("GET /two ").find("200 OK") != std::string::npos);
  client.send("GET /three HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  CHECK(client.read_to_end().find("GET /three ") != std::string::npos);
}

TEST_CASE("an exception of the handler is a 500 with a JSON body", "[http]") {
  const test::QuietLog quiet;
  const TemporaryFolder folder;
  const HttpServer server(folder / "s", {}, [](const HttpRequest&) -> HttpResponse {
    throw std::runtime_error("disk \"a\" is full");
  });
  const auto reply = http_request(folder / "s", "GET", "/");
  CHECK(reply.status == 500);
  CHECK(reply.body == R"({"error":{"code":"internal","message":"disk \"a\" is full"}})");
}

TEST_CASE("text cannot write headers of its own", "[http]") {
  const TemporaryFolder folder;
  const HttpServer server(folder / "s", {}, [](const HttpRequest&) {
    HttpResponse response;
    response.headers["X-Name"] = "a\r\nX-Other: b";
    return response;
  });
  const auto reply = http_request(folder / "s", "GET", "/");
  CHECK(reply.status == 500);
  CHECK(reply.headers.count("x-other") == 0);
}

TEST_CASE("a request that two readers could understand differently is refused", "[http]") {
  const std::string post = "POST / HTTP/1.1\r\nHost: x\r\n";
  const std::vector<std::pair<std::string, std::string>> cases{
      {post + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc", "400"},
      {post + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n", "400"},
      {post + "Content-Length: 3\r\nTransfer-Encoding: identity\r\n\r\nabc", "400"},
      {post + "Transfer-Encoding: gzip\r\n\r\n", "400"},
      {post + "Transfer-Encoding: chunked, gzip\r\n\r\n", "400"},
      {post + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", "400"},
      {post + "Content-Length: -3\r\n\r\n", "400"},
      {"GET / HTTP/1.1\nHost: x\n\nGET / HTTP/1.1\r\n\r\n", "400"},
      {"GET / HTTP/1.1\r\nHost: x\n\r\n\r\n", "400"},
      {"GET / HTTP/9.9\r\n\r\n", "400"},
      {"nonsense\r\n\r\n", "400"},
      {"GET http://x/ HTTP/1.1\r\nConnection: close\r\n\r\n", "400"},
      {"GET /%zz HTTP/1.1\r\nConnection: close\r\n\r\n", "400"},
      {"GET /%00 HTTP/1.1\r\nConnection: close\r\n\r\n", "400"},
      {"GET /?a=%4 HTTP/1.1\r\nConnection: close\r\n\r\n", "400"},
      {"GET /?a=1&a=2 HTTP/1.1\r\nConnection: close\r\n\r\n", "400"},
  };
  for (const auto& [bytes, status] : cases) {
    INFO(bytes);
    const auto answer = answer_to(bytes);
    CHECK(status_of(answer).find("HTTP/1.1 " + status) == 0);
    CHECK(answer.find(R"({"error":{"code":"bad_request","message":")") != std::string::npos);
  }
}

TEST_CASE("a body over the limit gets 413, even while it is still being sent", "[http]") {
  HttpLimits limits;
  limits.body_bytes_max = 1000;
  const TemporaryFolder folder;
  const HttpServer server(folder / "s", limits, echo);
  CHECK(http_request(folder / "s", "POST", "/", std::string(1000, 'x')).status == 200);
  const auto reply = http_request(folder / "s", "POST", "/", std::string(5'000'000, 'x'));
  CHECK(reply.status == 413);
  CHECK(reply.body.find(R"("code":"too_large")") != std::string::npos);
  const auto chunked = answer_to("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n7d0\r\n" +
                                     std::string(2000, 'x') + "\r\n0\r\n\r\n",
                                 limits);
  CHECK(status_of(chunked) == "HTTP/1.1 413 Payload Too Large");
}

TEST_CASE("a header over the limits gets 431", "[http]") {
  CHECK(status_of(answer_to("GET / HTTP/1.1\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n"))
            .find("HTTP/1.1 431") == 0);
  std::string many = "GET / HTTP/1.1\r\n";
  for (int i = 0; i < 65; ++i) many += fmt::format("X{}: 1\r\n", i);
  CHECK(status_of(answer_to(many + "\r\n")).find("HTTP/1.1 431") == 0);
}

TEST_CASE("a client that asks first is told to send its body", "[http]") {
  const TemporaryFolder folder;
  const HttpServer server(folder / "s", {}, echo);
  RawClient client(folder / "s");
  client.send(
      "POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 4\r\n"
      "Connection: close\r\n\r\n");
  CHECK(client.read_until("\r\n\r\n").find("HTTP/1.1 100 Continue") == 0);
  client.send("body");
  CHECK(client.read_to_end().find("POST / body") != std::string::npos);
}

TEST_CASE("one connection too many gets 503 and the others go on", "[http]") {
  HttpLimits limits;
  limits.connections_max = 2;
  const TemporaryFolder folder;
  const HttpServer server(folder / "s", limits, echo);
  RawClient first(folder / "s");
  RawClient second(folder / "s");
  const std::string request = "GET /still HTTP/1.1\r\nHost: x\r\n\r\n";
  for (auto* const client : {&first, &second}) {
    client->send(request);
    CHECK(client->read_until("GET /still ").find("200 OK") != std::string::npos);
  }
  CHECK(http_request(folder / "s", "GET", "/").status == 503);
  first.send(request);
  CHECK(first.read_until("GET /still ").find("200 OK") != std::string::npos);
}

TEST_CASE("a request that does not come ends with its time", "[http]") {
  HttpLimits limits;
  limits.idle_timeout = std::chrono::seconds(0);
  CHECK(answer_to("", limits).empty());
  limits.idle_timeout = std::chrono::seconds(15);
  limits.request_timeout = std::chrono::seconds(0);
  CHECK(answer_to("GET / HTTP/1.1\r\n", limits).empty());
}

TEST_CASE("a slow handler does not hold up the others", "[http]") {
  const TemporaryFolder folder;
  std::promise<void> release;
  const auto released = release.get_future().share();
  const HttpServer server(folder / "s", {}, [released](const HttpRequest& request) {
    if (request.path == "/slow") released.wait();
    return echo(request);
  });
  auto slow = std::async(std::launch::async,
                         [&] { return http_request(folder / "s", "GET", "/slow").body; });
  CHECK(http_request(folder / "s", "GET", "/quick").body == "GET /quick ");
  release.set_value();
  CHECK(slow.get() == "GET /slow ");
}

TEST_CASE("a handler that waits for news is asked again until there are some", "[http]") {
  const TemporaryFolder folder;
  std::atomic<int> calls{0};
  const HttpServer server(folder / "s", {}, [&calls](const HttpRequest&) {
    HttpResponse response;
    response.body = std::to_string(++calls);
    if (calls < 3) response.ask_again_for = std::chrono::seconds(20);
    return response;
  });
  CHECK(http_request(folder / "s", "GET", "/").body == "3");
}

TEST_CASE("and its last answer is sent when the time is over", "[http]") {
  const TemporaryFolder folder;
  std::atomic<int> calls{0};
  const HttpServer server(folder / "s", {}, [&calls](const HttpRequest&) {
    HttpResponse response;
    response.body = "nothing new";
    response.ask_again_for = milliseconds(150);
    ++calls;
    return response;
  });
  CHECK(http_request(folder / "s", "GET", "/").body == "nothing new");
  CHECK(calls >= 2);
}

TEST_CASE("stopping lets a running handler end and its answer go out", "[http]") {
  const TemporaryFolder folder;
  std::promise<void> entered;
  std::promise<void> release;
  const auto released = release.get_future().share();
  auto server = std::make_unique<HttpServer>(folder / "s", HttpLimits{},
                                             [&entered, released](const HttpRequest& request) {
                                               entered.set_value();
                                               released.wait();
                                               return echo(request);
                                             });
  RawClient idle(folder / "s");
  auto reply = std::async(std::launch::async,
                          [&] { return http_request(folder / "s", "GET", "/last").body; });
  entered.get_future().wait();
  auto stopped = std::async(std::launch::async, [&] { server.reset(); });
  CHECK(idle.read_to_end().empty());  // the idle one is closed at once
  release.set_value();
  CHECK(reply.get() == "GET /last ");
  stopped.get();
  CHECK_FALSE(std::filesystem::exists(folder / "s"));
}

TEST_CASE("a handler that waits for news answers at once when the server stops", "[http]") {
  const TemporaryFolder folder;
  std::promise<void> entered;
  std::atomic<int> calls{0};
  auto server = std::make_unique<HttpServer>(folder / "s", HttpLimits{},
                                             [&entered, &calls](const HttpRequest&) {
                                               if (++calls == 1) entered.set_value();
                                               HttpResponse response;
                                               response.body = "as it is";
                                               response.ask_again_for = std::chrono::hours(1);
                                               return response;
                                             });
  auto reply =
      std::async(std::launch::async, [&] { return http_request(folder / "s", "GET", "/").body; });
  entered.get_future().wait();
  server.reset();
  CHECK(reply.get() == "as it is");
}

TEST_CASE("many clients at once are all answered", "[http]") {
  const TemporaryFolder folder;
  const HttpServer server(folder / "s", {}, echo);
  std::atomic<int> answered{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) {
        if (http_request(folder / "s", "GET", "/").status == 200) ++answered;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(answered == 400);
}

TEST_CASE("a header reaches the handler under its name in lower case", "[http]") {
  const TemporaryFolder folder;
  const HttpServer server(folder / "s", {}, [](const HttpRequest& request) {
    HttpResponse response;
    response.body = request.headers.at("x-two") + "/" + request.headers.at("host");
    return response;
  });
  RawClient client(folder / "s");
  client.send("GET / HTTP/1.1\r\nX-Two: a\r\nhost: h\r\nx-two: b\r\nConnection: close\r\n\r\n");
  CHECK_THAT(client.read_to_end(), Catch::EndsWith("a, b/h"));
}

}  // namespace costd
