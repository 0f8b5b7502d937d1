#pragma once

/// Ends cancelled questions while their own threads wait for the database.

#include <chrono>
#include <condition_variable>
#include <list>
#include <mutex>
#include <thread>

#include "clients/postgres/connection.hpp"
#include "query/engine.hpp"

namespace tidemark::views::postgres {

/// One thread for all questions of an engine; it sleeps while there are none.
///
/// Promise:  a cancelled question ends within kLookEvery and the time that a connection takes.
/// Threads:  any.
/// Lifetime: must outlive its entries.
class QuestionWatch {
  struct Watched {
    const query::Cancellation* cancellation = nullptr;
    clients::postgres::Canceller canceller;
  };
  using Questions = std::list<Watched>;

 public:
  static constexpr std::chrono::milliseconds kLookEvery{50};

  /// While it lives, the question is watched. After its end no cancel request is on its way, which
  /// could hit the connection's next statement.
  class Entry {
   public:
    ~Entry();
    Entry(const Entry&) = delete;
    Entry& operator=(const Entry&) = delete;

   private:
    friend class QuestionWatch;
    Entry(QuestionWatch& watch, Questions::iterator question)
        : watch_(watch), question_(question) {}

    QuestionWatch& watch_;
    Questions::iterator question_;
  };

  QuestionWatch();
  ~QuestionWatch();
  QuestionWatch(const QuestionWatch&) = delete;
  QuestionWatch& operator=(const QuestionWatch&) = delete;

  /// Both must outlive the entry.
  [[nodiscard]] Entry add(const query::Cancellation& cancellation,
                          const clients::postgres::Connection& connection);

 private:
  void watch();
  void end_cancelled(std::unique_lock<std::mutex>& lock);

  std::mutex mutex_;  // guards the rest
  std::condition_variable changed_;
  Questions questions_;
  const Watched* being_cancelled_ = nullptr;
  bool ending_ = false;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace tidemark::views::postgres
