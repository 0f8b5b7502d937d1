#include "views/postgres/question_watch.hpp"

#include <cassert>

#include "base/this_thread.hpp"

namespace tidemark::views::postgres {

QuestionWatch::Entry::~Entry() {
  std::unique_lock lock(watch_.mutex_);
  watch_.changed_.wait(lock, [this] { return watch_.being_cancelled_ != &*question_; });
  watch_.questions_.erase(question_);
}

QuestionWatch::QuestionWatch() : thread_([this] { watch(); }) {}

QuestionWatch::~QuestionWatch() {
  {
    const std::scoped_lock lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

QuestionWatch::Entry QuestionWatch::add(const query::Cancellation& cancellation,
                                        const clients::postgres::Connection& connection) {
  Questions added;
  added.push_back({.cancellation = &cancellation, .canceller = connection.canceller()});
  const auto question = added.begin();
  {
    const std::scoped_lock lock(mutex_);
    questions_.splice(questions_.end(), added);
  }
  changed_.notify_all();
  return {*this, question};
}

void QuestionWatch::watch() {
  base::name_this_thread("pg-watch");
  std::unique_lock lock(mutex_);
  while (!ending_) {
    if (questions_.empty()) {
      changed_.wait(lock, [this] { return ending_ || !questions_.empty(); });
      continue;
    }
    changed_.wait_for(lock, kLookEvery, [this] { return ending_; });
    end_cancelled(lock);
  }
}

void QuestionWatch::end_cancelled(std::unique_lock<std::mutex>& lock) {
  for (auto question = questions_.begin(); question != questions_.end(); ++question) {
    if (!question->cancellation->cancelled()) continue;
    assert(being_cancelled_ == nullptr);
    being_cancelled_ = &*question;
    lock.unlock();
    // The next look asks again, as long as the question is there: between two statements the server
    // has nothing to cancel. So a failure does not matter either.
    const auto cancelled = question->canceller.cancel();
    static_cast<void>(cancelled);
    lock.lock();
    being_cancelled_ = nullptr;
    changed_.notify_all();
  }
}

}  // namespace tidemark::views::postgres
