#include "api/intake/idempotency.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "api/errors.hpp"
#include "event/content_hash.hpp"
#include "http/handoff.hpp"

namespace tidemark::api {
namespace {

using ingest::IdempotencyStore;

/// An answer under an Idempotency-Key is either remembered or its key freed, whatever happens.
class KeyInUse {
 public:
  KeyInUse(IdempotencyStore& answers, std::string key, std::uint64_t use)
      : answers_(&answers), key_(std::move(key)), use_(use) {}
  KeyInUse(const KeyInUse&) = delete;
  KeyInUse& operator=(const KeyInUse&) = delete;
  ~KeyInUse() {
    if (answers_ != nullptr) answers_->forget(key_, use_);
  }
  void remember(const http::Response& response, IdempotencyStore::FinishedHandler done) {
    assert(answers_ != nullptr);
    std::exchange(answers_, nullptr)
        ->finish(key_, use_,
                 {.status = response.status,
                  .content_type = std::string(response.content_type),
                  .body = std::string(response.bytes())},
                 std::move(done));
  }

 private:
  IdempotencyStore* answers_;
  std::string key_;
  std::uint64_t use_;
};

http::Response repeated(const ingest::RememberedAnswer& answer) {
  http::Response response(answer.status);
  response.content_type = answer.status == 202 ? http::kJson : http::kProblemJson;
  response.body = answer.body;
  response.header("Idempotent-Replayed", "true");
  return response;
}

/// Nothing if the request must be carried out.
std::optional<http::Response> answer_without(const IdempotencyStore::Looked& looked) {
  switch (looked.verdict) {
    case IdempotencyStore::Verdict::Repeat:
      assert(looked.answer != nullptr);
      return repeated(*looked.answer);
    case IdempotencyStore::Verdict::Different:
      return http::Problem{.status = 422,
                           .code = "idempotency_key_reused",
                           .title = "The Idempotency-Key was used with another body",
                           .detail =
                               "this key belongs to an earlier request with another body; "
                               "a new request needs a new key"};
    case IdempotencyStore::Verdict::Running:
      return http::Problem{.status = 409,
                           .code = "idempotency_key_in_use",
                           .title = "The first request with this Idempotency-Key is still running",
                           .detail = "send this request again when the first one has been answered",
                           .headers = {{"Retry-After", "1"}}};
    case IdempotencyStore::Verdict::Begin:
      break;
  }
  return std::nullopt;
}

/// A key counts within its project. No header value holds a line feed, so that no client can send
/// what is made here.
std::string key_within(event::ProjectId project, std::string key) {
  if (project == event::ProjectId::Default) return key;
  return "\n" + std::to_string(static_cast<std::uint32_t>(project)) + "\n" + key;
}

}  // namespace

http::Task<http::Response> take_events_once(const Service* service,
                                            std::shared_ptr<Outcomes> outcomes,
                                            http::RequestPtr request, std::string key,
                                            PostedEvents posted) {
  key = key_within(posted.sender.project, std::move(key));
  http::Handoff<base::Result<IdempotencyStore::Looked>> begun;
  service->remembered.begin(key, event::content_hash(posted.body.text), begun.completion());
  auto looked = co_await begun.wait();
  if (!looked) co_return http::problems::unavailable("the service is stopping");
  if (!*looked) co_return to_problem(looked->error());
  auto known = answer_without(**looked);
  if (known) co_return std::move(*known);

  KeyInUse in_use(service->remembered, std::move(key), (*looked)->use);
  auto response = co_await take_events(service, std::move(outcomes), std::move(posted));
  if (response.status == 202 || response.status == 422) {
    if (response.problem) response.body = http::render(*response.problem, request->id);
    http::Handoff<bool> kept;
    in_use.remember(response, [done = kept.completion()] { done(true); });
    co_await kept.wait();  // where the service stops first, the answer is as true as ever
  }
  co_return response;
}

bool has_several_keys(const http::Request& request) {
  const auto is_key = [](const http::HeaderField& field) {
    return http::equal_ignoring_case(field.name, "Idempotency-Key");
  };
  return std::ranges::count_if(request.fields, is_key) > 1;
}

std::optional<std::string> plain_key(std::string_view header) {
  constexpr std::size_t kKeyBytesMax = 255;
  if (header.size() >= 2 && header.front() == '"' && header.back() == '"') {
    header = header.substr(1, header.size() - 2);
  }
  if (header.empty() || header.size() > kKeyBytesMax) return std::nullopt;
  return std::string(header);
}

}  // namespace tidemark::api
