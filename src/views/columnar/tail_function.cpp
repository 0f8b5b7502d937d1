#include "views/columnar/tail_function.hpp"

#include <algorithm>
#include <atomic>
#include <cassert>
#include <deque>
#include <map>
#include <mutex>
#include <utility>

#include "archive/row_columns.hpp"

namespace tidemark::views::columnar {

using event::Sequence;

namespace {

/// The part of a tail that is read.
struct Shown {
  ledger::Tail tail;
  Sequence from = 0;
};

/// One thread takes block after block.
class TailCursor final : public clients::duckdb::Cursor {
 public:
  TailCursor(const Shown& shown, const std::vector<std::size_t>& columns,
             std::atomic<std::size_t>& next_block)
      : shown_(shown), columns_(columns), next_block_(next_block) {}

  base::Status fill(clients::duckdb::OutputChunk& out) override {
    while (pieces_.empty()) {
      const auto index = next_block_.fetch_add(1, std::memory_order_relaxed);
      if (index >= shown_.tail.blocks->size()) return base::ok;
      take(*(*shown_.tail.blocks)[index]);
    }
    auto& [project, rows] = pieces_.front();
    const auto chunk = archive::first_chunk(rows);
    assert(!chunk.empty() && chunk.size() <= rows.size());
    archive::fill_rows(out, columns_, project, chunk);
    rows = rows.subspan(chunk.size());
    if (rows.empty()) pieces_.pop_front();
    return base::ok;
  }

 private:
  void take(const ledger::TailBlock& block) {
    block.for_each_piece(std::max(shown_.from, shown_.tail.begin), shown_.tail.end,
                         [&](const event::ProjectRows& piece) { pieces_.push_back(piece); });
  }

  const Shown& shown_;
  const std::vector<std::size_t>& columns_;
  std::atomic<std::size_t>& next_block_;
  std::deque<event::ProjectRows> pieces_;  // of its block, still to be given
};

class TailScan final : public clients::duckdb::Scan {
 public:
  TailScan(std::shared_ptr<const Shown> shown, std::vector<std::size_t> columns)
      : shown_(std::move(shown)), columns_(std::move(columns)) {}
  [[nodiscard]] std::size_t threads_max() const override {
    return std::max<std::size_t>(shown_->tail.blocks->size(), 1);
  }
  std::unique_ptr<clients::duckdb::Cursor> cursor() override {
    return std::make_unique<TailCursor>(*shown_, columns_, next_block_);
  }

 private:
  std::shared_ptr<const Shown> shown_;
  std::vector<std::size_t> columns_;
  std::atomic<std::size_t> next_block_{0};
};

class TailSource final : public clients::duckdb::TableSource {
 public:
  explicit TailSource(std::shared_ptr<const Shown> shown) : shown_(std::move(shown)) {}
  [[nodiscard]] std::vector<clients::duckdb::ColumnName> columns() const override {
    return archive::row_columns();
  }
  [[nodiscard]] std::uint64_t rows_estimate() const override {
    const Sequence from = std::max(shown_->from, shown_->tail.begin);
    return shown_->tail.end - std::min(from, shown_->tail.end);
  }
  std::unique_ptr<clients::duckdb::Scan> scan(std::vector<std::size_t> columns) override {
    return std::make_unique<TailScan>(shown_, std::move(columns));
  }

 private:
  std::shared_ptr<const Shown> shown_;
};

}  // namespace

struct TailRegistry::Entry::Tails {
  std::mutex mutex;
  std::uint64_t next = 1;
  std::map<std::uint64_t, std::shared_ptr<const Shown>> shown;
};

TailRegistry::Entry::Entry(std::shared_ptr<Tails> tails, std::uint64_t number)
    : tails_(std::move(tails)), number_(number) {}

TailRegistry::Entry::Entry(Entry&& other) noexcept
    : tails_(std::move(other.tails_)), number_(other.number_) {}

TailRegistry::Entry::~Entry() {
  if (!tails_) return;
  std::shared_ptr<const Shown> last;  // what it holds may be much: given back without the lock
  const std::lock_guard lock(tails_->mutex);
  const auto entry = tails_->shown.find(number_);
  assert(entry != tails_->shown.end());
  last = std::move(entry->second);
  tails_->shown.erase(entry);
}

std::string TailRegistry::Entry::sql() const { return "tail(" + std::to_string(number_) + ")"; }

TailRegistry::TailRegistry() : tails_(std::make_shared<Entry::Tails>()) {}

TailRegistry::Entry TailRegistry::add(ledger::Tail tail, ledger::Sequence from) {
  assert(tail.blocks != nullptr);
  auto shown = std::make_shared<const Shown>(Shown{.tail = std::move(tail), .from = from});
  const std::lock_guard lock(tails_->mutex);
  const auto number = tails_->next++;
  tails_->shown.emplace(number, std::move(shown));
  return {tails_, number};
}

base::Status TailRegistry::register_function(clients::duckdb::Connection& connection) const {
  return connection.add(clients::duckdb::TableFunction{
      .name = "tail",
      .parameters = {clients::duckdb::Type::BigInt},
      .bind = [tails = tails_](std::span<const clients::duckdb::Value> arguments)
          -> base::Result<std::unique_ptr<clients::duckdb::TableSource>> {
        const auto* number = std::get_if<std::int64_t>(arguments.data());
        const std::lock_guard lock(tails->mutex);
        const auto entry = tails->shown.find(number != nullptr ? static_cast<std::uint64_t>(*number)
                                                               : std::uint64_t{0});
        if (entry == tails->shown.end()) {
          return base::Error(base::ErrorCode::InvalidInput, "there is no such tail");
        }
        return std::unique_ptr<clients::duckdb::TableSource>(
            std::make_unique<TailSource>(entry->second));
      }});
}

}  // namespace tidemark::views::columnar
