// The life of a connection: screen, read, answer, write, again. Reading is in reading.cpp, writing
// in writing.cpp.

#include "http/network/connection.hpp"

#include <algorithm>
#include <cassert>
#include <exception>

#include <boost/asio/this_coro.hpp>

#include "http/handoff.hpp"
#include "http/network/answer.hpp"
#include "http/network/redirect.hpp"
#include "http/percent.hpp"
#include "http/worker_pool.hpp"

namespace tidemark::http::network {
namespace net = boost::asio;

namespace {

constexpr const char* kLaneIsFull = "Too many requests of this kind are waiting; try again later.";
constexpr std::size_t kInputSlack = 4 * 1'024;  // a chunk header after the largest head

bool is_plain_id(std::string_view id) noexcept {
  return !id.empty() && id.size() <= 128 &&
         std::all_of(id.begin(), id.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

}  // namespace

Connection::Connection(Shared& shared, Loop& loop, Socket socket)
    : shared_(shared),
      loop_(loop),
      transport_(std::move(socket), shared.tls.get()),
      peer_(transport_.peer()),
      input_(shared.options.limits.header_bytes_max + kInputSlack) {
  loop_.add(*this);
}

Connection::~Connection() { loop_.remove(*this); }

Task<void> Connection::serve(std::shared_ptr<Connection> self) {
  // After a terminal cancellation each wait ends at once, with an error and not with an exception.
  co_await net::this_coro::throw_if_cancelled(false);
  bool again = true;
  if (self->transport_.wants_handshake()) again = co_await self->shake_hands();
  while (again) again = co_await self->serve_one();
  self->transport_.end();
}

Task<void> Connection::refuse(std::shared_ptr<Connection> self) {
  co_await net::this_coro::throw_if_cancelled(false);
  self->refused_at_once_ = true;
  bool reachable = true;
  if (self->transport_.wants_handshake()) reachable = co_await self->shake_hands();
  if (!reachable) co_return;
  self->begin();
  self->request_->id = self->loop_.new_id();
  self->keep_alive_ = false;
  self->response_ =
      problems::overloaded("The service has reached its limit of connections; try again later.");
  const bool written = co_await self->write_answer();
  if (written) co_await self->linger();
}

/// Serves one request; false: the connection must be closed.
Task<bool> Connection::serve_one() {
  begin();
  loop_.awaits_request(*this);
  Got got = co_await read_head();
  loop_.awaits_nothing(*this);
  if (got == Got::Whole) {
    // Whoever can be refused by the head alone is refused before the body is read.
    bool good = find_route();
    const bool asks = good && !take_token();
    if (asks) co_await ask_for_token();
    if (terminated_) co_return false;
    good = good && screen();
    got = good ? Got::Whole : Got::Refused;
    if (good) got = co_await read_body();
  }
  if (got == Got::Nothing) co_return false;
  if (got == Got::Whole) {
    co_await answer();
    charge_rest();
    hold_answer();
  }
  if (terminated_) co_return false;
  if (shared_.retiring || shared_.draining || made_way_) {
    keep_alive_ = false;
    lingers_ = true;
  }

  const bool written = co_await write_answer();
  finished(written);
  if (!written) co_return false;
  if (!body_read_) {
    const bool skipped = co_await skip_rest();
    if (!skipped) {
      keep_alive_ = false;
      lingers_ = true;
    }
  }
  const bool ends_slowly = !keep_alive_ && lingers_;
  if (ends_slowly) co_await linger();
  co_return keep_alive_;
}

void Connection::begin() {
  if (request_ == nullptr || !reusable_) {
    request_ = std::make_shared<Request>();
  } else {
    request_->head.clear();
    request_->query.clear();
    request_->path_parameters.clear();
    request_->fields.clear();
    request_->body = Body{};
    request_->memory.release();
    request_->target = request_->path = request_->route = {};
    request_->id.clear();
    request_->http_1_0 = false;
    request_->cost = 1;
    request_->caller = {};
    request_->stop = {};
  }
  reusable_ = true;
  request_->peer = peer_;
  request_->tls = transport_.is_tls();
  request_->memory = MemoryBudget::Hold(shared_.bodies, peer_);
  parser_.reset();
  route_ = {};
  response_ = {};
  answer_memory_.release();
  rate_.reset();
  stop_ = std::stop_source{std::nostopstate};
  bytes_in_ = bytes_out_ = unread_ = 0;
  body_read_ = true;
  keep_alive_ = true;
  expects_continue_ = false;
  lingers_ = false;
  half_closed_since_.reset();
}

/// False: `response_` is the answer already.
bool Connection::find_route() {
  if (!prepare_request()) return false;
  Request& request = *request_;
  if (shared_.options.https_port) {
    response_ = redirect_answer(request, *shared_.options.https_port);
    return false;
  }
  const Router& router = shared_.parts.router;
  if (request.method == Method::Options && request.target == "*") {
    response_ = options_answer(request, shared_.options.cors, router.all_methods());
    return false;
  }
  route_ = router.find(request);
  return true;
}

/// False: it cannot be decided here; `ask_for_token` has to.
bool Connection::take_token() {
  const bool counted = route_.endpoint == nullptr || route_.endpoint->doc.rate_limited;
  RateLimiter* const limiter = shared_.limiter;
  if (!counted || limiter == nullptr || !limiter->applies_to(peer_)) return true;
  rate_ = limiter->try_take(peer_, shared_.parts.clock.now());
  return rate_.has_value();
}

/// If no limiter decides, the request is let through.
Task<void> Connection::ask_for_token() {
  assert(shared_.limiter != nullptr);
  Handoff<RateDecision> decision;
  shared_.limiter->take(peer_, shared_.parts.clock.now(), decision.completion());
  wait_until(Waits::Handler, Clock::time_point::max());
  auto given = co_await decision.wait();
  if (given) rate_ = *given;
}

/// Everything that the head alone decides. False: `response_` is the refusal.
bool Connection::screen() {
  if (rate_ && !rate_->allowed) {
    response_ = problems::rate_limited(static_cast<int>(rate_->retry_after));
    return false;
  }
  if (Gate* const gate = shared_.parts.gate; gate != nullptr) {
    const EndpointDoc* const doc = route_.endpoint == nullptr ? nullptr : &route_.endpoint->doc;
    if (auto refusal = gate->admit(*request_, doc)) {
      response_ = std::move(*refusal);
      return false;
    }
  }
  const Request& request = *request_;
  if (route_.endpoint == nullptr) {
    if (route_.allow.empty()) {
      response_ = problems::not_found(shared_.parts.router.unknown_path(request));
    } else if (request.method == Method::Options) {
      response_ = options_answer(request, shared_.options.cors, route_.allow);
    } else {
      const std::string_view sent =
          std::string_view(request.head).substr(0, request.head.find(' '));
      response_ = problems::method_not_allowed(sent, std::string(route_.allow));
    }
    return false;
  }
  if (is_of_a_stranger(request, shared_.options.cors)) {
    response_ = problems::origin_not_allowed(request.headers("Origin"));
    return false;
  }
  return check_body_kind() && check_length();
}

/// Checks what every request must have, and its query. False: `response_` is the refusal.
bool Connection::prepare_request() {
  Request& request = *request_;
  const auto sent_id = request.header("X-Request-Id");
  request.id = sent_id && is_plain_id(*sent_id) ? std::string(*sent_id) : loop_.new_id();
  const std::size_t question = request.target.find('?');
  if (!percent_decode(request.target.substr(0, question))) {
    response_ =
        problems::malformed("The path has a % that is not followed by two hexadecimal digits.");
    return false;
  }
  if (question != std::string_view::npos &&
      !decode_query(request.target.substr(question + 1), request.query)) {
    response_ =
        problems::malformed("The query has a % that is not followed by two hexadecimal digits.");
    return false;
  }
  return true;
}

Task<void> Connection::answer() {
  std::string failure;
  try {
    co_await run_handler();
    co_return;
  } catch (const std::exception& fault) {
    failure = fault.what();
  } catch (...) {
    failure = "something that is not a std::exception";
  }
  shared_.parts.observer.handler_failed(request_->id, failure);
  response_ = internal_error(failure);
}

Task<void> Connection::run_handler() {
  assert(route_.endpoint != nullptr && route_.endpoint->action != nullptr);
  const Endpoint& endpoint = *route_.endpoint;
  switch (endpoint.action->runs()) {
    case Runs::Here:
      response_ = endpoint.action->run(*request_);
      break;
    case Runs::OnLane:
      co_await answer_on(endpoint.action->lane());
      break;
    case Runs::Async:
      reusable_ = false;
      if (endpoint.doc.watches_client) watch_client();
      wait_until(Waits::Handler, request_->deadline);
      response_ = co_await endpoint.action->start(request_);
      break;
  }
}

/// The cost beyond one call is charged afterwards: only now it is known, and the next call pays.
void Connection::charge_rest() {
  if (!rate_ || request_->cost <= 1) return;
  assert(shared_.limiter != nullptr);
  rate_ = shared_.limiter->charge(peer_, shared_.parts.clock.now(), request_->cost - 1, *rate_);
}

/// Counts the answer until it is written. Of one that many are given at once the text is there
/// once; what tells how the service is gets through in any case.
void Connection::hold_answer() {
  assert(route_.endpoint != nullptr);
  const std::size_t bytes =
      response_.stream ? response_.stream->bytes_max() : response_.bytes().size();
  if (bytes <= shared_.options.limits.own_bytes_max) return;
  answer_memory_ = MemoryBudget::Hold(shared_.answers, peer_);
  if (response_.shared_body) {
    if (answer_memory_.share(response_.shared_body.get(), bytes)) return;
  } else if (answer_memory_.resize(bytes)) {
    return;
  }
  if (!route_.endpoint->doc.rate_limited) {
    answer_memory_.force(bytes);
    return;
  }
  answer_memory_.tell_refused();
  response_ = problems::overloaded(
      "Answers that clients have not read yet fill the memory for answers; try again later.");
}

void Connection::watch_client() {
  stop_ = std::stop_source{};
  request_->stop = stop_.get_token();
}

namespace {

/// The work of a worker for a request.
struct Work {
  RequestPtr request;
  std::shared_ptr<const Action> action;
  Observer* observer;
  bool compress;
  Completion<Response> completion;

  void operator()() const {
    if (request->cancelled()) {
      completion(problems::overloaded(
          "The service was too busy to start this request in time; try again later."));
      return;
    }
    Response response;
    std::string failure;
    try {
      response = action->run(*request);
    } catch (const std::exception& fault) {
      failure = fault.what();
    } catch (...) {
      failure = "something that is not a std::exception";
    }
    if (!failure.empty()) {
      observer->handler_failed(request->id, failure);
      response = internal_error(failure);
    }
    prepare(response, *request, compress);
    completion(std::move(response));
  }
};

}  // namespace

Task<void> Connection::answer_on(WorkerPool* lane) {
  assert(lane != nullptr);
  reusable_ = false;
  watch_client();
  Handoff<Response> handoff;
  const bool taken =
      lane->try_submit(Work{request_, route_.endpoint->action, &shared_.parts.observer,
                            shared_.options.compress, handoff.completion()},
                       {.asker = TokenBucket::key_of(peer_)});
  if (!taken) {
    response_ = problems::overloaded(kLaneIsFull);
    co_return;
  }
  wait_until(Waits::Handler, request_->deadline);
  auto given = co_await handoff.wait();
  if (given) {
    response_ = std::move(*given);
  } else if (lane->stopping()) {
    response_ = problems::unavailable("The service is stopping.");
  } else {
    response_ = problems::overloaded(kLaneIsFull);
  }
}

void Connection::wait(Waits what, Clock::duration at_most) {
  wait_until(what, Clock::now() + at_most);
}

void Connection::wait_until(Waits what, Clock::time_point deadline) {
  waits_ = what;
  deadline_ = deadline;
  expired_ = too_slow_ = false;
  paced_since_.reset();
}

/// Whether fewer bytes moved than for a client that wants to finish. While much memory is held, the
/// server has less patience with clients that hold some of it.
bool Connection::too_slow(Clock::time_point now) {
  const Limits& limits = shared_.options.limits;
  const bool reads = waits_ == Waits::Body;
  if (!reads && waits_ != Waits::Write) return false;
  const bool presses = reads ? request_->memory.bytes() > 0 && shared_.bodies.pressed()
                             : answer_memory_.bytes() > 0 && shared_.answers.pressed();
  if (!reads && !presses) return false;  // a deadline by its size is enough
  const Pace& pace = presses ? limits.pressed_pace : limits.body_pace;
  if (paced_since_ && now - *paced_since_ < pace.time) return false;
  assert(!paced_since_ || moved_ >= moved_then_);
  const bool slow = paced_since_ && moved_ - moved_then_ < pace.bytes;
  paced_since_ = now;
  moved_then_ = moved_;
  return slow;
}

void Connection::look(Clock::time_point now) {
  if (waits_ == Waits::Handler) {
    look_after_client(now);
    return;
  }
  if (expired_) return;
  too_slow_ = too_slow(now);
  if (now < deadline_ && !too_slow_) return;
  expired_ = true;
  transport_.cancel();
}

/// Asks a handler to stop if its client has gone or its time is over.
void Connection::look_after_client(Clock::time_point now) {
  if (!stop_.stop_possible() || stop_.stop_requested()) return;
  // Streams are many and live long: their clients are not looked for at every tick.
  if (response_.stream && now < next_look_ && now < deadline_) return;
  next_look_ = now + shared_.options.limits.half_closed_max;
  const ClientIs client = transport_.look_at_client();
  if (client == ClientIs::Gone) gone_ = true;
  if (client == ClientIs::Silent) {
    // Most that do so have gone, but a few still wait for their answer.
    if (!half_closed_since_) half_closed_since_ = now;
    if (now - *half_closed_since_ >= shared_.options.limits.half_closed_max) gone_ = true;
  }
  if (gone_ || now >= deadline_) stop_.request_stop();
}

void Connection::drain() {
  if (waits_ != Waits::Idle) return;
  transport_.cancel();
}

void Connection::make_way() {
  made_way_ = true;
  transport_.cancel();
}

void Connection::terminate() {
  terminated_ = true;
  stop_.request_stop();
  terminal_.emit(net::cancellation_type::terminal);
  transport_.close();
}

void Connection::finished(bool delivered) {
  Finished told;
  told.route = request_->route;
  told.target = request_->target;
  told.method = name_of(request_->method);
  told.request_id = request_->id;
  told.user_agent = request_->header("User-Agent").value_or(std::string_view{});
  told.peer = peer_;
  told.status = response_.status;
  told.took = Clock::now() - request_->started;
  told.bytes_in = bytes_in_;
  told.bytes_out = bytes_out_;
  told.client_gone = !delivered || gone_;
  told.cause = response_.cause;
  told.detail = response_.detail;
  told.crowded = response_.crowded;
  shared_.parts.observer.request_done(told);
}

std::size_t Connection::body_bytes_max() const {
  const std::size_t most = shared_.options.limits.body_bytes_max;
  return route_.endpoint == nullptr ? most : route_.endpoint->doc.body_bytes_max.value_or(most);
}

}  // namespace tidemark::http::network
