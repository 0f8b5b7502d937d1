#pragma once

/// How another thread resumes coroutines of a network thread: cheaply, and many at once.

#include <atomic>
#include <cassert>
#include <memory>
#include <utility>
#include <vector>

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

namespace tidemark::http::network {

class Waker;

/// A coroutine that is suspended, or soon will be. Shared by the coroutine and the threads that
/// wake it.
///
/// It is settled once (a value came, or never will). It is resumed once, on its network thread, by
/// being settled or by being cancelled, whichever comes first.
class Waiter : public std::enable_shared_from_this<Waiter> {
 public:
  explicit Waiter(std::shared_ptr<Waker> waker) : waker_(std::move(waker)) {
    assert(waker_ != nullptr);
  }
  virtual ~Waiter() = default;
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;

  /// The value may be read. Network thread only.
  [[nodiscard]] bool settled() const noexcept { return phase_.load() == Phase::Settled; }

  /// Any thread. The coroutine sees what was written before this call.
  void settle();
  /// Network thread only: resumes the coroutine if it is not settled yet.
  void cancel();

  /// What resumes a suspended coroutine.
  struct Resume {
    virtual ~Resume() = default;
    virtual void run() = 0;
  };
  /// Network thread only. False: it was settled before; `resume` is unchanged.
  bool await(std::unique_ptr<Resume>& resume);

 private:
  friend class Waker;
  friend class WakeScope;
  enum class Phase : int { Open, Waiting, Settled, Cancelled };

  void resume();

  const std::shared_ptr<Waker> waker_;
  std::atomic<Phase> phase_{Phase::Open};
  std::unique_ptr<Resume> resume_;
  std::shared_ptr<Waiter> queued_;  // keeps itself alive while it is in a list
  Waiter* next_ = nullptr;
};

/// The list of waiters that must be resumed on one network thread. One function is posted when the
/// list becomes non-empty, however many waiters follow before that function runs.
///
/// Lifetime: shared with the waiters: a thread may still be inside `post` when the coroutine that
///           it woke has ended the server, and must not find the context gone.
class Waker {
 public:
  Waker() : context_(1) {}
  Waker(const Waker&) = delete;
  Waker& operator=(const Waker&) = delete;

  /// Any thread.
  void wake(Waiter& waiter);

  [[nodiscard]] boost::asio::io_context& context() noexcept { return context_; }

  /// The waker of the calling network thread; a call from any other thread is a bug.
  static const std::shared_ptr<Waker>& of_this_thread();
  static void set_for_this_thread(std::shared_ptr<Waker> waker) noexcept;

 private:
  friend class WakeScope;
  void push(Waiter* first, Waiter* last);
  void drain();

  boost::asio::io_context context_;
  std::atomic<Waiter*> head_{nullptr};
};

/// While it lives, completions by this thread are only collected; its end posts once per network
/// thread. Scopes nest; the outermost one posts. Not for use by network threads.
class WakeScope {
 public:
  WakeScope();
  ~WakeScope();
  WakeScope(const WakeScope&) = delete;
  WakeScope& operator=(const WakeScope&) = delete;

 private:
  friend class Waker;
  struct Chain {
    std::shared_ptr<Waker> waker;
    Waiter* first;
    Waiter* last;
  };
  void add(Waiter& waiter);

  WakeScope* outer_;
  std::vector<Chain> chains_;  // one per network thread: a handful
};

/// Suspends the coroutine behind `handler` until `waiter` is settled or cancelled.
template <class Handler>
void suspend(const std::shared_ptr<Waiter>& waiter, Handler handler) {
  struct Resumption final : Waiter::Resume {
    explicit Resumption(Handler&& held) : handler(std::move(held)) {}
    void run() override { std::move(handler)(); }
    Handler handler;
  };
  assert(waiter != nullptr);
  auto slot = boost::asio::get_associated_cancellation_slot(handler);
  std::unique_ptr<Waiter::Resume> resume = std::make_unique<Resumption>(std::move(handler));
  if (slot.is_connected()) {
    slot.assign([weak = std::weak_ptr<Waiter>(waiter)](boost::asio::cancellation_type) {
      if (const auto alive = weak.lock()) alive->cancel();
    });
  }
  if (waiter->await(resume)) return;
  // It was settled before: the coroutine is not suspended yet, so it cannot be resumed from here.
  boost::asio::post(Waker::of_this_thread()->context(),
                    [ready = std::move(resume)]() mutable { ready->run(); });
}

}  // namespace tidemark::http::network

namespace tidemark::http {
using network::WakeScope;
}  // namespace tidemark::http
