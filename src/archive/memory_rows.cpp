#include "archive/memory_rows.hpp"

#include <cassert>
#include <utility>

#include "archive/row_columns.hpp"

namespace tidemark::archive {

struct MemoryRows::Content {
  std::span<const event::ProjectRows> pieces;
  PieceWatcher watcher;
};

namespace {

class RowsCursor final : public clients::duckdb::Cursor {
 public:
  RowsCursor(std::span<const event::ProjectRows> pieces, const PieceWatcher& watcher,
             std::vector<std::size_t> columns)
      : pieces_(pieces), watcher_(watcher), columns_(std::move(columns)) {}

  base::Status fill(clients::duckdb::OutputChunk& out) override {
    while (piece_ < pieces_.size() && at_ == pieces_[piece_].rows.size()) {
      ++piece_;
      at_ = 0;
    }
    if (piece_ == pieces_.size()) return base::ok;
    assert(at_ < pieces_[piece_].rows.size());
    const auto [project, rows] = pieces_[piece_];
    const auto next = first_chunk(rows.subspan(at_));
    assert(!next.empty());
    at_ += next.size();
    if (watcher_) watcher_({project, next});
    fill_rows(out, columns_, project, next);
    return base::ok;
  }

 private:
  std::span<const event::ProjectRows> pieces_;
  const PieceWatcher& watcher_;
  std::vector<std::size_t> columns_;
  std::size_t piece_ = 0;
  std::size_t at_ = 0;
};

class RowsScan final : public clients::duckdb::Scan {
 public:
  RowsScan(std::span<const event::ProjectRows> pieces, const PieceWatcher& watcher,
           std::vector<std::size_t> columns)
      : pieces_(pieces), watcher_(watcher), columns_(std::move(columns)) {}
  std::unique_ptr<clients::duckdb::Cursor> cursor() override {
    return std::make_unique<RowsCursor>(pieces_, watcher_, columns_);
  }

 private:
  std::span<const event::ProjectRows> pieces_;
  const PieceWatcher& watcher_;
  std::vector<std::size_t> columns_;
};

}  // namespace

class MemoryRows::Source final : public clients::duckdb::TableSource {
 public:
  explicit Source(std::shared_ptr<Content> content) : content_(std::move(content)) {}

  [[nodiscard]] std::vector<clients::duckdb::ColumnName> columns() const override {
    return row_columns();
  }
  [[nodiscard]] std::uint64_t rows_estimate() const override {
    std::uint64_t rows = 0;
    for (const auto& piece : content_->pieces) rows += piece.rows.size();
    return rows;
  }
  std::unique_ptr<clients::duckdb::Scan> scan(std::vector<std::size_t> columns) override {
    return std::make_unique<RowsScan>(content_->pieces, content_->watcher, std::move(columns));
  }

 private:
  std::shared_ptr<Content> content_;
};

base::Status MemoryRows::register_at(clients::duckdb::Connection& connection) {
  content_ = std::make_shared<Content>();
  return connection.add(clients::duckdb::TableFunction{
      .name = "tidemark_rows",
      .parameters = {},
      .bind = [content = content_](std::span<const clients::duckdb::Value> /*none*/)
          -> base::Result<std::unique_ptr<clients::duckdb::TableSource>> {
        return std::unique_ptr<clients::duckdb::TableSource>(std::make_unique<Source>(content));
      }});
}

void MemoryRows::set(std::span<const event::ProjectRows> pieces, PieceWatcher watcher) {
  assert(content_ != nullptr && "the table is registered before it gets rows");
  content_->pieces = pieces;
  content_->watcher = std::move(watcher);
}

}  // namespace tidemark::archive
