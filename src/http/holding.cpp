#include "http/holding.hpp"

#include <cassert>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace tidemark::http {
namespace net = boost::asio;

namespace {

using Executor = net::io_context::executor_type;
using Clock = std::chrono::steady_clock;
using Timer = net::basic_waitable_timer<Clock, net::wait_traits<Clock>, Executor>;

constexpr std::chrono::milliseconds kPause{10};

}  // namespace

Task<bool> hold_within(RequestPtr request, std::size_t bytes, std::chrono::milliseconds at_most) {
  assert(request != nullptr);
  if (request->memory.resize(bytes)) co_return true;
  const Executor executor = co_await net::this_coro::executor;
  Timer timer(executor);
  const auto until = Clock::now() + at_most;
  while (Clock::now() < until) {
    timer.expires_after(kPause);
    const auto [stopped] =
        co_await timer.async_wait(net::as_tuple(net::use_awaitable_t<Executor>{}));
    if (stopped) co_return false;
    if (request->memory.resize(bytes)) co_return true;
  }
  request->memory.tell_refused();
  co_return false;
}

}  // namespace tidemark::http
