#pragma once

/// Reads the next rows while the previous ones are being sent.

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>

#include "wire/reader.hpp"

namespace tidemark::app {

/// Rows of a file, and a request body with the good ones.
struct PreparedRows {
  wire::ReadEvents read;
  std::string body;
};

/// Events as lines of NDJSON.
std::string ndjson_of(std::span<const event::Row> rows);

/// The next `rows` rows of `reader`, prepared.
base::Result<PreparedRows> prepare_next(wire::EventReader& reader, std::size_t rows);

/// The same pieces in the same order as from `prepare_next`, by a thread of its own, which is one
/// piece ahead: so at most three pieces are in memory, one being read, one waiting, one in use.
///
/// The first piece may have another size, so that a file with only bad rows is noticed soon.
///
/// Threads:  one asks. The thread ends with the end of the rows, or with this object, whose
///           destructor may have to wait until the piece that is being read is whole.
/// Lifetime: `reader` must outlive this.
class ReadAhead {
 public:
  struct Pieces {
    std::size_t first_rows = 0;
    std::size_t rows = 0;  ///< of every other piece
  };

  ReadAhead(wire::EventReader& reader, Pieces pieces);
  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;
  ~ReadAhead();

  /// No rows at the end; do not call it after an error.
  base::Result<PreparedRows> next();

 private:
  void run();

  wire::EventReader& reader_;
  const Pieces pieces_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<base::Result<PreparedRows>> waiting_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace tidemark::app
