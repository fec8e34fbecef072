// Bodies that go piece by piece to an upload instead of into memory.

#include <fmt/format.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <future>
#include <thread>

#include "daemon/control/http_answer.hpp"
#include "daemon/control/http_client.hpp"
#include "daemon/control/http_server.hpp"
#include "ledger/error.hpp"
#include "tests/daemon/raw_client.hpp"
#include "tests/daemon/temporary_folder.hpp"
#include "tests/support/quiet_log.hpp"

namespace costd {
namespace {

/// What became of the uploads of a server. Only one is under way at a time.
struct Fate {
  std::string taken;
  std::size_t largest_piece = 0;
  std::atomic<int> finished{0};
  std::promise<void> destroyed;
};

class RecordingUpload : public Upload {
 public:
  explicit RecordingUpload(Fate& fate) : fate_(fate) {}
  ~RecordingUpload() override { fate_.destroyed.set_value(); }
  void write(std::string_view piece) override {
    if (piece.find("full") != std::string_view::npos)
      throw Error(ErrorCode::io, "the disk is full");
    fate_.taken += piece;
    fate_.largest_piece = std::max(fate_.largest_piece, piece.size());
  }
  HttpResponse finish() override {
    ++fate_.finished;
    if (fate_.taken == "twice") throw Error(ErrorCode::conflict, "it is there already");
    HttpResponse response;
    response.body = fmt::format("took {}", fate_.taken.size());
    return response;
  }

 private:
  Fate& fate_;
};

/// A server whose path /up takes uploads, /no refuses them, and the rest are handled.
struct UploadBench {
  test::QuietLog quiet;
  TemporaryFolder folder;
  Fate fate;
  HttpLimits limits;
  std::unique_ptr<HttpServer> server;

  explicit UploadBench(std::size_t body_bytes_max = http_body_bytes_max) {
    limits.body_bytes_max = body_bytes_max;
    server = std::make_unique<HttpServer>(
        folder / "s", limits,
        [](const HttpRequest& request) {
          HttpResponse response;
          response.body = "handled " + request.body;
          return response;
        },
        [this](const HttpRequest& request) -> BodyPlan {
          if (request.path == "/up") return {std::make_unique<RecordingUpload>(fate), {}};
          if (request.path == "/no") return {nullptr, error_response(415, "x", "not this")};
          if (request.path == "/bad") throw Error(ErrorCode::not_found, "no such source");
          return {};
        });
  }

  ClientReply post(const std::string& path, const std::string& body) const {
    return http_request(folder / "s", "POST", path, body);
  }
  /// Sends the bytes and ends the connection.
  void send_raw(const std::string& bytes) const { RawClient(folder / "s").send(bytes); }
};

}  // namespace

TEST_CASE("an upload takes the body whole, in order and in small pieces", "[http]") {
  UploadBench bench;
  std::string body;
  for (int n = 0; body.size() < 3'000'000; ++n) body += std::to_string(n) + "\n";
  const ClientReply reply = bench.post("/up", body);
  CHECK(reply.status == 200);
  CHECK(reply.body == fmt::format("took {}", body.size()));
  CHECK((bench.fate.taken == body));
  CHECK(bench.fate.largest_piece <= 64 * 1024);
  bench.fate.destroyed.get_future().wait();
}

TEST_CASE("other bodies are kept in memory for the handler", "[http]") {
  const UploadBench bench;
  CHECK(bench.post("/other", "abc").body == "handled abc");
  CHECK(bench.post("/up", "").body == "handled ");  // no body, no plan for it
}

TEST_CASE("a refusal comes before the body is read", "[http]") {
  UploadBench bench;
  CHECK(bench.post("/no", std::string(5'000'000, 'x')).status == 415);
  const ClientReply thrown = bench.post("/bad", "abc");
  CHECK(thrown.status == 404);
  CHECK_THAT(thrown.body, Catch::Contains("no such source"));
}

TEST_CASE("an upload that cannot go on answers with its error", "[http]") {
  UploadBench bench;
  const ClientReply write = bench.post("/up", "the disk is full");
  CHECK(write.status == 500);
  CHECK_THAT(write.body, Catch::Contains("the disk is full"));
  CHECK(bench.fate.finished == 0);
  bench.fate.destroyed.get_future().wait();
  bench.fate.destroyed = {};
  const ClientReply finish = bench.post("/up", "twice");
  CHECK(finish.status == 409);
  CHECK_THAT(finish.body, Catch::Contains("it is there already"));
  bench.fate.destroyed.get_future().wait();
}

TEST_CASE("an upload over the limit is destroyed unfinished", "[http]") {
  UploadBench bench(100'000);
  CHECK(bench.post("/up", std::string(100'000, 'x')).status == 200);
  bench.fate.destroyed.get_future().wait();
  bench.fate.destroyed = {};
  // Without a length known before: what is over the limit shows on the way.
  bench.send_raw("POST /up HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n186a1\r\n" +
                 std::string(100'001, 'x') + "\r\n0\r\n\r\n");
  bench.fate.destroyed.get_future().wait();
  CHECK(bench.fate.finished == 1);
  CHECK(bench.post("/up", std::string(100'001, 'x')).status == 413);
}

TEST_CASE("an upload whose client goes away is destroyed unfinished", "[http]") {
  UploadBench bench;
  bench.send_raw("POST /up HTTP/1.1\r\nContent-Length: 100000\r\n\r\n" + std::string(70'000, 'x'));
  bench.fate.destroyed.get_future().wait();
  CHECK(bench.fate.finished == 0);
}

}  // namespace costd
