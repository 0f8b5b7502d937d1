#pragma once

/// Reads the next rows while the last ones are being sent.

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "wire/reader.hpp"

namespace tidemark::app {

/// The same pieces in the same order as `reader` gives, read by a thread of its own, which is one
/// piece ahead: so there are three in memory at most, one being read, one waiting, one in use.
///
/// Threads:  one asks. The thread ends with the end of the rows, or with this: then it may have to
///           be waited for until the piece that is being read is whole.
class ReadAhead final : public wire::EventReader {
 public:
  ReadAhead(std::unique_ptr<wire::EventReader> reader, std::size_t rows);
  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;
  ~ReadAhead() override;

  /// As many rows as were said when it was made.
  base::Result<wire::ReadEvents> next(std::size_t rows_max) override;

 private:
  void run();

  std::unique_ptr<wire::EventReader> reader_;
  const std::size_t rows_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<base::Result<wire::ReadEvents>> waiting_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace tidemark::app
