#include "http/network/wake.hpp"

#include <cassert>

#include "base/check.hpp"

namespace tidemark::http::network {
namespace {

thread_local std::shared_ptr<Waker> waker_of_thread;
thread_local WakeScope* scope_of_thread = nullptr;

}  // namespace

bool Waiter::await(std::unique_ptr<Resume>& resume) {
  assert(resume != nullptr && resume_ == nullptr);
  resume_ = std::move(resume);
  Phase expected = Phase::Open;
  if (phase_.compare_exchange_strong(expected, Phase::Waiting)) return true;
  resume = std::move(resume_);
  return false;
}

void Waiter::settle() {
  if (phase_.exchange(Phase::Settled) == Phase::Waiting) waker_->wake(*this);
}

void Waiter::cancel() {
  Phase expected = Phase::Waiting;
  if (!phase_.compare_exchange_strong(expected, Phase::Cancelled)) return;
  // Not from here: a caller that cancels many walks a list from which the coroutine may take
  // itself.
  boost::asio::post(waker_->context(), [self = shared_from_this()] { self->resume(); });
}

void Waiter::resume() {
  // Taken out first: the coroutine may destroy everything around it.
  const std::unique_ptr<Resume> taken = std::move(resume_);
  assert(taken != nullptr);
  taken->run();
}

const std::shared_ptr<Waker>& Waker::of_this_thread() {
  TIDEMARK_CHECK(waker_of_thread != nullptr);
  return waker_of_thread;
}

void Waker::set_for_this_thread(std::shared_ptr<Waker> waker) noexcept {
  waker_of_thread = std::move(waker);
}

void Waker::wake(Waiter& waiter) {
  assert(waiter.queued_ == nullptr);
  waiter.queued_ = waiter.shared_from_this();
  if (scope_of_thread != nullptr) {
    scope_of_thread->add(waiter);
  } else {
    push(&waiter, &waiter);
  }
}

void Waker::push(Waiter* first, Waiter* last) {
  assert(first != nullptr && last != nullptr);
  Waiter* head = head_.load(std::memory_order_relaxed);
  do {
    last->next_ = head;
  } while (!head_.compare_exchange_weak(head, first, std::memory_order_release,
                                        std::memory_order_relaxed));
  // Not one more touch of `last` here: it may be resumed and gone already.
  if (head == nullptr) boost::asio::post(context_, [this] { drain(); });
}

void Waker::drain() {
  Waiter* taken = head_.exchange(nullptr, std::memory_order_acquire);
  // The list is last in, first out; the waiter that has waited longest must go first.
  Waiter* in_order = nullptr;
  while (taken != nullptr) {
    Waiter* const next = taken->next_;
    taken->next_ = in_order;
    in_order = taken;
    taken = next;
  }
  while (in_order != nullptr) {
    const std::shared_ptr<Waiter> waiter = std::move(in_order->queued_);
    assert(waiter != nullptr);
    in_order = in_order->next_;
    waiter->resume();
  }
}

WakeScope::WakeScope() : outer_(scope_of_thread) {
  if (outer_ == nullptr) scope_of_thread = this;
}

WakeScope::~WakeScope() {
  if (outer_ != nullptr) return;
  assert(scope_of_thread == this);
  scope_of_thread = nullptr;
  for (const Chain& chain : chains_) chain.waker->push(chain.first, chain.last);
}

void WakeScope::add(Waiter& waiter) {
  for (Chain& chain : chains_) {
    if (chain.waker != waiter.waker_) continue;
    waiter.next_ = chain.first;
    chain.first = &waiter;
    return;
  }
  chains_.push_back({waiter.waker_, &waiter, &waiter});
}

}  // namespace tidemark::http::network
