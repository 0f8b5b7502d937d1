#pragma once

/// The fresh tail as a table of DuckDB's: `FROM tail(NUMBER)`, read where it lies.

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.hpp"
#include "clients/duckdb/database.hpp"
#include "ledger/tail.hpp"

namespace tidemark::views::columnar {

/// The tails that queries may name, each from its registering until its end.
///
/// Threads:  any.
class TailRegistry {
 public:
  /// While it lives, the tail can be read under its number.
  class Entry {
   public:
    ~Entry();
    Entry(Entry&& other) noexcept;
    Entry& operator=(Entry&&) = delete;

    /// "tail(7)", for the FROM of a query. Its columns are a segment's (archive/row_columns.hpp).
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
  /// the query and the Rows that it gave: texts are not copied.
  Entry add(ledger::Tail tail, ledger::Sequence from);

  /// Teaches a database the function; once.
  base::Status register_function(clients::duckdb::Connection& connection) const;

 private:
  std::shared_ptr<Entry::Tails> tails_;
};

}  // namespace tidemark::views::columnar
