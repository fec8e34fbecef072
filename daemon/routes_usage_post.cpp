// Usage records by HTTP: the body becomes a file of a source's spool, and an ingest is started.

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "daemon/control/http_answer.hpp"
#include "daemon/json_views.hpp"
#include "jobs/spool_upload.hpp"
#include "ledger/error.hpp"
#include "ledger/sha256.hpp"
#include "ledger/store/posted_key_store.hpp"
#include "ledger/ulid.hpp"

namespace costd {
namespace {

constexpr std::size_t key_bytes_max = 128;
constexpr std::size_t name_digits = 32;

constexpr std::array json_line_types{"application/x-ndjson", "application/ndjson",
                                     "application/jsonl", "application/json"};

struct Encoding {
  const char* name;
  const char* suffix;  ///< of the file
};
constexpr std::array<Encoding, 4> encodings{
    {{"", ""}, {"identity", ""}, {"gzip", ".gz"}, {"zstd", ".zst"}}};

/// Without parameters and blanks, in lower case.
std::string token_of(const std::string& header) {
  std::string token = header.substr(0, header.find(';'));
  while (token.ends_with(' ') || token.ends_with('\t')) token.pop_back();
  for (char& c : token) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return token;
}

HttpResponse wrong_type(const std::string& given) {
  return error_response(
      415, "unsupported",
      fmt::format("the content type \"{}\" is none of usage records; send one JSON object a line "
                  "with Content-Type: application/x-ndjson",
                  given));
}

HttpResponse wrong_encoding(const std::string& given) {
  HttpResponse response = error_response(
      415, "unsupported",
      fmt::format("the content encoding \"{}\" is none costd can read; use gzip, zstd or none",
                  given));
  response.headers["Accept-Encoding"] = "gzip, zstd";
  return response;
}

HttpResponse key_belongs_to_other(const std::string& key, const std::string& to_what) {
  return error_response(
      422, "key_reused",
      fmt::format("the Idempotency-Key \"{}\" belongs to {}; a new post needs a new key", key,
                  to_what));
}

HttpResponse key_in_use(const std::string& key) {
  HttpResponse response = error_response(
      409, "conflict",
      fmt::format("another post with the Idempotency-Key \"{}\" is just coming in; repeat this one "
                  "when that has ended",
                  key));
  response.headers["Retry-After"] = "1";
  return response;
}

SourceSettings source_of(const Service& service, const RouteCall& call) {
  const auto settings = service.settings.get();
  const auto& sources = settings->sources;
  if (sources.empty()) {
    throw Error(ErrorCode::not_found, "the configuration has no source; add one under sources:");
  }
  const std::string name = call.query("source");
  const auto found = std::ranges::find_if(sources, [&](const SourceSettings& source) {
    return !source.is_audit() && (name.empty() || source.name == name);
  });
  if (found == sources.end()) {
    std::string names;
    for (const auto& source : sources) {
      if (!source.is_audit()) names += (names.empty() ? "" : ", ") + source.name;
    }
    throw Error(
        ErrorCode::not_found,
        fmt::format("there is no source \"{}\" of usage records; there are: {}", name, names));
  }
  if (found->format == "csv") {
    throw Error(ErrorCode::usage,
                fmt::format("the source \"{}\" takes CSV, and a post is JSON lines; name another "
                            "one with ?source=NAME, or put the file into its spool",
                            found->name));
  }
  return *found;
}

/// The key of the request; "" without one.
std::string key_of(const RouteCall& call) {
  if (!call.request.headers.contains("idempotency-key")) return "";
  std::string key = call.header("idempotency-key");
  const bool is_printable = std::ranges::all_of(key, [](char c) { return c >= ' ' && c <= '~'; });
  if (key.empty() || key.size() > key_bytes_max || !is_printable) {
    throw Error(ErrorCode::usage,
                fmt::format("Idempotency-Key has {} bytes; write 1 to {} printable ASCII "
                            "characters, such as a UUID",
                            key.size(), key_bytes_max));
  }
  return key;
}

/// What the header of a post says.
struct Post {
  Actor actor;
  std::string source;
  std::string spool;
  std::string suffix;
  std::string key;  ///< "" = none
};

class UsageUpload : public Upload {
 public:
  UsageUpload(Service& service, Post post, std::optional<KeysInUse::Lease> lease)
      : service_(service), post_(std::move(post)), lease_(std::move(lease)) {
    const Instant now = service_.clock.now();
    id_ = make_ulid(now);
    if (!post_.key.empty()) known_ = find_posted_key(service_.database.snapshot(), post_.key, now);
    if (!known_) file_.emplace(post_.spool, id_);
  }

  void write(std::string_view piece) override {
    hash_.add(piece);
    bytes_ += static_cast<std::int64_t>(piece.size());
    if (file_) file_->write(piece);
  }

  HttpResponse finish() override {
    if (bytes_ == 0) {
      throw Error(ErrorCode::usage, "the body is empty; send one JSON object a line");
    }
    const std::string sha256 = hash_.hex();
    if (known_) return repeat(sha256);
    const std::string file = file_name();
    if (file_->land(file, sha256) == SpoolUpload::Landing::taken) {
      // An earlier post with this key ended between its file and its answer.
      return key_belongs_to_other(post_.key, "another body, which waits in the spool as " + file);
    }
    return record(file, sha256);
  }

 private:
  HttpResponse repeat(const std::string& sha256) const {
    if (known_->source != post_.source) {
      return key_belongs_to_other(post_.key, "a post to the source \"" + known_->source + "\"");
    }
    if (known_->body_sha256 != sha256) return key_belongs_to_other(post_.key, "another body");
    HttpResponse response;
    response.body = known_->answer;
    response.headers["Idempotency-Replayed"] = "true";
    return response;
  }

  /// From the key, so that a repeat after a crash writes the same file again, and not a second one.
  std::string file_name() const {
    std::string stem = id_;
    if (!post_.key.empty()) stem = sha256_hex(post_.key).substr(0, name_digits);
    return "post-" + stem + ".jsonl" + post_.suffix;
  }

  /// The run, the key and the audit event in one transaction; the file is durable already. Posts
  /// that come faster than ingest takes them share the run that waits.
  HttpResponse record(const std::string& file, const std::string& sha256) {
    const Instant now = service_.clock.now();
    UnitOfWork unit = service_.database.begin();
    RunRequest request;
    request.jobs = {"ingest"};
    request.actor = post_.actor;
    const Run run = service_.runs.join_or_submit(unit, request);
    HttpResponse response = json_response(
        {{"source", post_.source}, {"file", file}, {"bytes", bytes_}, {"runId", run.id}});
    if (!post_.key.empty()) {
      store_posted_key(unit, {post_.key, post_.source, sha256, response.body}, now);
    }
    unit.audit({.seq = 0,
                .at = now,
                .actor = post_.actor,
                .action = "usage.post",
                .object = post_.source + "/" + file,
                .after_sha256 = sha256});
    unit.commit();
    service_.runs.wake();
    return response;
  }

  Service& service_;
  Post post_;
  std::optional<KeysInUse::Lease> lease_;
  std::string id_;
  std::optional<PostedKey> known_;
  std::optional<SpoolUpload> file_;  ///< nothing for a key that is known
  Sha256 hash_;
  std::int64_t bytes_ = 0;
};

BodyPlan post_usage(Service& service, const RouteCall& call) {
  const auto refused = [](HttpResponse response) { return BodyPlan{nullptr, std::move(response)}; };
  const SourceSettings source = source_of(service, call);
  const std::string type = token_of(call.header("content-type"));
  if (std::ranges::find(json_line_types, type) == json_line_types.end()) {
    return refused(wrong_type(type));
  }
  const std::string encoding = token_of(call.header("content-encoding"));
  const auto* known = std::ranges::find(encodings, encoding, &Encoding::name);
  if (known == encodings.end()) return refused(wrong_encoding(encoding));
  Post post{call.actor(), source.name, source.path, known->suffix, key_of(call)};
  std::optional<KeysInUse::Lease> lease;
  if (!post.key.empty()) {
    lease = service.keys_in_use.take(post.key);
    if (!lease) return refused(key_in_use(post.key));
  }
  return {std::make_unique<UsageUpload>(service, std::move(post), std::move(lease)), std::nullopt};
}

}  // namespace

std::vector<Route> usage_post_routes() {
  return {
      {"POST",
       "/v1/admin/token-usage",
       Role::operator_,
       post_usage,
       "usage records, one JSON object a line, into the spool of source=NAME; an Idempotency-Key "
       "makes a repeat harmless",
       TenantUse::platform_only,
       {"source"}},
  };
}

}  // namespace costd
