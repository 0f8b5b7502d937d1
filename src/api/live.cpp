// GET /events/live: sends each new event to its listeners, as server-sent events.

#include <atomic>
#include <cassert>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "api/answering.hpp"
#include "api/api.hpp"
#include "api/errors.hpp"
#include "api/event_filters.hpp"
#include "http/endpoint.hpp"
#include "http/handoff.hpp"
#include "http/worker_pool.hpp"
#include "views/live/backlog.hpp"
#include "views/live/message.hpp"

namespace tidemark::api {
namespace {

namespace live = views::live;
using http::Fault;

struct LiveParameters : EventFilters {
  std::optional<query::Position> after;
  /// As sent: a browser that is refused does not come back, so a position of another history must
  /// not cause a refusal.
  std::optional<std::string> last_event_id;
};

/// Where a stream begins; without `from`, with what comes from now on.
struct Beginning {
  std::optional<event::Sequence> from;
  bool gap_is_unknown = false;  ///< the client named a place that is not known here
};

/// Waits until there is something for its listener, without holding a thread.
///
/// Lifetime: the coroutines keep it alive, and it keeps its listener alive, until the client has
///           gone.
class LiveStream final : public http::BodyStream, public std::enable_shared_from_this<LiveStream> {
 public:
  LiveStream(const Service& service, std::shared_ptr<live::Listener> listener,
             const http::Request& request, bool gap_is_unknown)
      : service_(service),
        listener_(std::move(listener)),
        client_gone_(request.stop),
        gap_is_unknown_(gap_is_unknown),
        ticket_(ticket_of(request, http::Turn::Later)),
        on_gone_(request.stop, [held = listener_] { held->leave(); }) {
    assert(listener_ != nullptr);
  }

  http::Task<base::Result<std::string>> next() override { return next_of(shared_from_this()); }

 private:
  using Piece = base::Result<std::string>;

  static http::Task<Piece> next_of(std::shared_ptr<LiveStream> self) {
    if (!std::exchange(self->opened_, true)) {
      const auto tag = self->listener_->position_tag();
      auto text = live::opening_message(self->listener_->from(), tag);
      if (self->gap_is_unknown_) text += live::unknown_missed_message(self->listener_->from(), tag);
      co_return text;
    }
    co_await begin(self);
    assert(self->backlog_);
    while (!self->listener_->ended() && !self->backlog_->done()) {
      auto piece = co_await read_backlog(self);
      if (!piece || !piece->empty()) co_return piece;
    }
    // What waits comes after what was not read: a client that had it would not ask for the rest.
    if (!self->backlog_->done()) co_return std::string();
    for (;;) {
      const bool ended = self->listener_->ended();  // asked first: nothing is put after the end
      auto text = self->listener_->take();
      if (!text.empty()) co_return text;
      if (ended) co_return self->farewell();
      co_await ready(self);
    }
  }

  /// Returns when the hub has begun with the listener, or all has ended.
  static http::Task<void> begin(std::shared_ptr<LiveStream> self) {
    while (!self->backlog_) {
      const auto begins = self->listener_->begins();
      if (begins || self->listener_->ended()) {
        self->backlog_.emplace(
            live::Backlog::Parts{self->service_.publication, self->service_.scan_events},
            self->listener_, begins.value_or(self->listener_->from()), self->replay_events_max());
      } else {
        co_await ready(self);
      }
    }
  }

  static http::Task<Piece> read_backlog(std::shared_ptr<LiveStream> self) {
    assert(self->backlog_);
    auto read = [self] { return self->backlog_->next(); };
    auto& lane = self->service_.lanes.replays;
    auto piece = co_await http::run_on(&lane, std::move(read), self->ticket_);
    if (piece) co_return std::move(*piece);
    // The lane has stopped. A client that reconnects continues after its last id.
    self->listener_->leave();
    co_return std::string();
  }

  static http::Task<void> ready(std::shared_ptr<LiveStream> self) {
    http::Handoff<bool> news;
    self->listener_->when_ready([completion = news.completion()] { completion(true); });
    const auto given = co_await news.wait();
    // The server ends and waits no longer.
    if (!given) self->listener_->leave();
  }

  /// Once where the service ends the stream; empty, the end itself, afterwards.
  std::string farewell() {
    static std::atomic<std::uint64_t> number{0};
    if (client_gone_.stop_requested() || std::exchange(said_farewell_, true)) return {};
    return live::farewell_message(++number);
  }

  [[nodiscard]] event::Sequence replay_events_max() const {
    return service_.limits.live_replay_events_max;
  }

  const Service& service_;
  std::shared_ptr<live::Listener> listener_;
  std::stop_token client_gone_;
  bool gap_is_unknown_;
  http::Ticket ticket_;
  std::stop_callback<std::function<void()>> on_gone_;
  bool opened_ = false;
  bool said_farewell_ = false;
  std::optional<live::Backlog> backlog_;
};

http::Response stream_of(const Service& service, const http::Request& request,
                         std::shared_ptr<live::Listener> listener, bool gap_is_unknown) {
  http::Response response(200);
  response.content_type = http::kEventStream;
  response.header("Cache-Control", "no-store");
  response.header("X-Accel-Buffering", "no");  // nginx would hold messages back
  response.stream =
      std::make_shared<LiveStream>(service, std::move(listener), request, gap_is_unknown);
  return response;
}

/// The place that the client named; nothing where no receipt or stream of this service can have
/// told it. A browser that comes back sends the URL that it was given, and where it stopped.
std::optional<query::Position> named_place(const Service& service, const LiveParameters& p) {
  if (!p.last_event_id) return p.after;
  auto position = query::parse_position(*p.last_event_id);
  if (!position || !service.waiters.knows(*position)) return std::nullopt;
  return *position;
}

/// Waits until `place` is visible, also while views are behind after a start, because the place may
/// be in what they lack. Errors: TimedOut if it did not become visible; as PositionWaiters.
http::Task<base::Status> wait_for_place(const Service* service, http::RequestPtr request,
                                        query::Position place) {
  for (;;) {
    auto visible = co_await wait_until_visible(service, place);
    const bool late = !visible && visible.error().code() == base::ErrorCode::TimedOut;
    if (!late || service->can_answer() || request->cancelled()) co_return visible;
  }
}

http::Task<base::Result<Beginning>> beginning_of(const Service* service, http::RequestPtr request,
                                                 std::optional<query::Position> place) {
  const Beginning unknown{.from = std::nullopt, .gap_is_unknown = true};
  if (!place) co_return unknown;
  const auto* sequence = std::get_if<event::Sequence>(&*place);
  if (sequence != nullptr && service->waiters.tells_what_is_visible()) {
    const auto from = query::without_tag(*sequence);
    if (from > service->publication.events().position) co_return unknown;
    co_return Beginning{.from = from};
  }
  auto visible = co_await wait_for_place(service, std::move(request), *place);
  if (!visible && visible.error().code() == base::ErrorCode::TimedOut) co_return unknown;
  if (!visible) co_return visible.error();
  // An entry of a queue has no place of its own in the ledger: it begins with what comes next.
  if (sequence == nullptr) co_return Beginning{};
  co_return Beginning{.from = query::without_tag(*sequence)};
}

http::Task<http::Response> listen(const Service* service, telemetry::Counter* unknown_gaps,
                                  http::RequestPtr request, LiveParameters p) {
  std::vector<Fault> faults;
  const auto question = question_of(p, *service, *request, faults);
  if (!faults.empty()) co_return http::refuse_parameters(std::move(faults));
  Beginning beginning;
  if (p.last_event_id || p.after) {
    auto found = co_await beginning_of(service, request, named_place(*service, p));
    if (!found) co_return refuse_waiter(found.error());
    beginning = *found;
  }
  auto listener = service->live.listen(query::EventFilter(question), beginning.from);
  if (!listener) co_return refuse_waiter(listener.error());
  if (beginning.gap_is_unknown) unknown_gaps->add();
  co_return stream_of(*service, *request, std::move(*listener), beginning.gap_is_unknown);
}

}  // namespace

std::vector<http::Endpoint> live_endpoints(const Service& service) {
  using P = LiveParameters;
  auto* unknown_gaps = &service.metrics.counter(
      "tidemark_live_unknown_gaps_total",
      "Live streams that began with a Last-Event-ID or position that the service does not know.");
  return {
      http::endpoint<P>(http::Method::Get, "/events/live", http::Access::Read)
          .id("liveEvents")
          .tag("Events")
          .summary("Streams new events as they are taken")
          .description(
              "The stream consists of server-sent events, with one message for each event that "
              "matches: `data` is the event as GET /events gives it, `id` is its position. A "
              "stream begins with the events taken from now on, or after the position in "
              "`Last-Event-ID` or `after`, and continues until the client or the service ends it. "
              "A message `event: missed` with {\"missed\":N} says that the stream skipped N "
              "events. Where the client was too slow, N counts only events that match; where the "
              "events are too old to be given again, or came faster than the service could look at "
              "them, N counts all events. {\"missed\":null} says that the service knows neither "
              "the position where the client stopped (because the service was restored from a "
              "copy, say) nor what the client missed; the stream then begins with new events. A "
              "stream without events has a heartbeat: a comment, with the `id` up to which the "
              "client missed nothing.")
          .with(declare_event_filters<P>)
          .param(http::query("after", &P::after)
                     .check(told_here(service))
                     .describe("Begins after this position; in the server profile, the stream "
                               "first waits (at most 10 s) until this position is visible"))
          .param(
              http::header("Last-Event-ID", &P::last_event_id)
                  .describe("Like `after`, which it overrides: a browser sends it when it "
                            "reconnects. A position that the service does not know is not refused"))
          .answers(200, "The stream", http::Schema::string(), std::nullopt, http::kEventStream)
          .watch_client()
          .async([&service, unknown_gaps](http::RequestPtr request, P parameters) {
            return listen(&service, unknown_gaps, std::move(request), std::move(parameters));
          })};
}

}  // namespace tidemark::api
