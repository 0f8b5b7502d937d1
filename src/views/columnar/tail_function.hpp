#pragma once

/// The tail as a table of DuckDB: `FROM tail(NUMBER)`, read where it lies in memory.

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "clients/duckdb/database.hpp"
#include "ledger/tail.hpp"

namespace tidemark::views::columnar {

/// The tails that queries may name, each while its entry lives.
///
/// Threads:  any.
class TailRegistry {
 public:
  /// While it lives, queries can read the tail under its number.
  class Entry {
   public:
    ~Entry();
    Entry(Entry&& other) noexcept;
    Entry& operator=(Entry&&) = delete;

    /// "tail(7)", for the FROM of a query. Its columns are those of a segment
    /// (archive/row_columns.hpp).
    [[nodiscard]] std::string sql() const;

   private:
    friend class TailRegistry;
    struct Tails;
    Entry(std::shared_ptr<Tails> tails, std::uint64_t number);
    std::shared_ptr<Tails> tails_;
    std::uint64_t number_;
  };

  TailRegistry();

  /// The events of `tail` from the sequence `from` (the manifest's end) on. The entry must outlive
  /// the query and the Rows that the query gave, because texts are not copied.
  Entry add(ledger::Tail tail, ledger::Sequence from);

  /// Registers the function in a database; once.
  base::Status register_function(clients::duckdb::Connection& connection) const;

 private:
  std::shared_ptr<Entry::Tails> tails_;
};

}  // namespace tidemark::views::columnar
