#include "api/intake/request_body.hpp"

#include <algorithm>
#include <cassert>
#include <memory>
#include <utility>

#include "api/lanes.hpp"
#include "http/holding.hpp"
#include "http/worker_pool.hpp"

namespace tidemark::api {
namespace {

using base::Error;
using base::ErrorCode;

/// The most that one turn unpacks, and that one turn parses: a few milliseconds.
constexpr std::size_t kTurnBytes = std::size_t{1} << 20U;
/// A body that came in less may be a small one still, and is unpacked here as long as it is.
constexpr std::size_t kPackedHereMax = std::size_t{16} * 1'024;
constexpr std::chrono::milliseconds kRoomMax{2'000};
/// One token of the rate limit is for a request and that much of its body.
constexpr std::size_t kTokenBytes = std::size_t{256} * 1'024;

Error no_turn() {
  return {ErrorCode::Overloaded, "too many large bodies are waiting to be read; try again later"};
}

std::uint32_t tokens_for(std::size_t bytes) {
  assert(std::in_range<std::uint32_t>(1 + bytes / kTokenBytes));
  return static_cast<std::uint32_t>(1 + bytes / kTokenBytes);
}

/// One coding of `packed`, which stays alive for as long as a worker reads it.
http::Task<base::Result<wire::Body>> inflate_in_turns(const Service* service,
                                                      http::RequestPtr request, wire::Body packed,
                                                      std::shared_ptr<wire::Inflation> inflation) {
  assert(request != nullptr && inflation != nullptr);
  const std::size_t held = request->memory.bytes();
  bool whole = false;
  if (packed.text.size() <= kPackedHereMax) {
    const auto first = inflation->step(IngestLanes::kHereBytesMax);
    if (!first) co_return first.error();
    whole = *first;
  }
  for (http::Ticket ticket = ticket_of(*request); !whole; ticket.turn = http::Turn::Later) {
    const std::size_t next = inflation->size() + kTurnBytes;
    const bool room = co_await http::hold_within(request, held + next, kRoomMax);
    if (!room)
      co_return Error{ErrorCode::Overloaded,
                      "the service is reading too many bodies at once; try again later"};
    auto turn = [inflation, packed] { return inflation->step(kTurnBytes); };
    auto& lane = service->ingest.lane_for(next);
    auto turned = co_await http::run_on(&lane, std::move(turn), ticket);
    request->cost = std::max(request->cost, tokens_for(inflation->size()));
    if (!turned) co_return no_turn();
    if (!*turned) co_return turned->error();
    whole = **turned;
  }
  std::ignore = request->memory.resize(held + inflation->size());
  co_return inflation->take();
}

}  // namespace

wire::Body packed_body(http::Request& request) {
  request.cost = tokens_for(request.body.size());
  auto bytes = std::make_shared<http::Body>(std::move(request.body));
  return {.text = bytes->view(), .owner = bytes};
}

http::Task<base::Result<wire::Body>> unpack_body(const Service* service, http::RequestPtr request,
                                                 std::vector<wire::Coding> codings) {
  const auto bytes_max = service->limits.body_bytes_max;
  wire::Body body = packed_body(*request);
  const std::size_t sent = body.text.size();
  for (auto coding = codings.rbegin(); coding != codings.rend(); ++coding) {
    auto inflation = std::make_shared<wire::Inflation>(body.text, *coding, bytes_max, sent);
    auto plain = co_await inflate_in_turns(service, request, body, std::move(inflation));
    if (!plain) co_return plain.error();
    body = std::move(*plain);
  }
  co_return body;
}

http::Task<base::Result<wire::Decoded>> decode_body(const Service* service, wire::Body body,
                                                    wire::Format format, Sender sender) {
  auto& lane = service->ingest.lane_for(body.text.size());
  auto decoding = std::make_shared<wire::Decoding>(std::move(body), format,
                                                   decode_options(*service, sender.project));
  for (bool whole = false; !whole;) {
    auto turn = [decoding] { return decoding->step(kTurnBytes); };
    auto turned = co_await http::run_on(&lane, std::move(turn), sender.ticket);
    if (!turned) co_return no_turn();
    sender.ticket.turn = http::Turn::Later;  // what was begun is finished
    whole = *turned;
  }
  co_return decoding->take();
}

wire::DecodeOptions decode_options(const Service& service, event::ProjectId project) {
  const auto& limits = service.limits;
  return {.project = project,
          .now = service.clock.now(),
          .hasher = service.hasher,
          .limits = {.body_bytes_max = limits.body_bytes_max,
                     .events_max = limits.batch_events_max,
                     .future_max = limits.future_max}};
}

}  // namespace tidemark::api
