#pragma once

/// Hands a value from another thread to a coroutine that waits on a network thread.
///
///     http::Task<Response> post_events(RequestPtr request, Parameters) {
///       http::Handoff<Receipt> receipt;                       // on the network thread
///       acceptor.accept(batch, receipt.completion());         // a std::function<void(Receipt)>
///       auto given = co_await receipt.wait();                 // resumes on the same thread
///       if (!given) co_return problems::unavailable("…");     // dropped, or the server stops
///       co_return render(*given);
///     }
///
/// The giver needs to know neither Asio nor http: a `Completion<T>` can be called with a T, can be
/// copied, and fits a `std::function<void(T)>`. A commit thread that answers a whole group opens a
/// `WakeScope` around the answers, or lets `api` open one and deliver the group. One post then
/// wakes each network thread for the whole group, instead of one post per completion.

#include <atomic>
#include <cassert>
#include <memory>
#include <optional>
#include <utility>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "http/network/wake.hpp"
#include "http/task.hpp"

namespace tidemark::http {

/// The giving side.
///
/// Promise: the first call delivers the value, later calls do nothing. If the last copy is
///          destroyed without a call, the waiter gets nothing. Neither ever blocks.
/// Threads: any. It may outlive the handoff, the connection and the server.
template <class T>
class Completion {
 public:
  void operator()(T value) const {
    assert(state_ != nullptr && "it was not moved from");
    state_->give(std::move(value));
  }

 private:
  template <class>
  friend class Handoff;

  struct State final : network::Waiter {
    using Waiter::Waiter;
    void give(T&& given) {
      if (given_.test_and_set()) return;
      assert(!value);
      value.emplace(std::move(given));
      settle();
    }
    void abandon() {
      if (!given_.test_and_set()) settle();
    }
    std::optional<T> value;

   private:
    std::atomic_flag given_;
  };

  /// Destroyed together with the last copy.
  struct Giver {
    explicit Giver(std::shared_ptr<State> waiter) : state(std::move(waiter)) {}
    Giver(const Giver&) = delete;
    Giver& operator=(const Giver&) = delete;
    ~Giver() { state->abandon(); }
    void give(T&& value) { state->give(std::move(value)); }
    std::shared_ptr<State> state;
  };

  explicit Completion(std::shared_ptr<State> state)
      : state_(std::make_shared<Giver>(std::move(state))) {}

  std::shared_ptr<Giver> state_;
};

/// The waiting side. Made, waited on and destroyed on one network thread; waited on at most once.
template <class T>
class Handoff {
 public:
  Handoff() : state_(std::make_shared<State>(network::Waker::of_this_thread())) {}

  /// The giving side. Copies of it count as one. Call this function only once.
  [[nodiscard]] Completion<T> completion() const { return Completion<T>{state_}; }

  /// The value; nothing if it was dropped, or if the server stops before it is given.
  Task<std::optional<T>> wait() {
    const std::shared_ptr<State> state = state_;  // the frame outlives this object if necessary
    co_await suspended(state);
    if (!state->settled()) co_return std::nullopt;
    co_return std::move(state->value);
  }

 private:
  using State = typename Completion<T>::State;
  using Token = boost::asio::use_awaitable_t<boost::asio::io_context::executor_type>;

  /// A function of its own, because GCC 12 destroys a closure within a `co_await` twice.
  static Task<void> suspended(const std::shared_ptr<State>& state) {
    return boost::asio::async_initiate<const Token&, void()>(
        [waiter = state](auto handler) { network::suspend(waiter, std::move(handler)); }, Token{});
  }

  std::shared_ptr<State> state_;
};

}  // namespace tidemark::http
