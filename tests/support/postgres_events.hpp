#pragma once

/// Events in a ledger of PostgreSQL, sent as clients send them and written as a worker writes them.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "event/id_hash.hpp"
#include "event/limits.hpp"
#include "ledger/postgres/migrations.hpp"
#include "ledger/postgres/writer.hpp"
#include "wire/decode.hpp"
#include "wire/inflate.hpp"

namespace tidemark::testing_support {

/// Errors: any fails the test.
class PostgresEvents {
 public:
  /// `url`: an empty database, which gets the schema.
  explicit PostgresEvents(const std::string& url) : writer_({.url = url}) {
    auto applied = ledger::postgres::migrate_up({.url = url});
    EXPECT_TRUE(applied) << applied.error().message();
  }

  /// One batch of one entry; how many of its events were new.
  std::size_t post(std::string_view ndjson) {
    auto decoded =
        wire::decode(wire::padded_body(ndjson), wire::Format::Ndjson,
                     {.hasher = hasher_, .limits = {.future_max = event::kOccurredAtEnd}});
    if (!decoded) {
      ADD_FAILURE() << decoded.error().message();
      return 0;
    }
    for (const auto& fault : decoded->faults) {
      ADD_FAILURE() << "event " << fault.index << ": " << fault.message;
    }
    const ledger::EntryEvents entry{.entry = {.millis = 1, .number = ++entries_},
                                    .rows = decoded->batch.rows};
    auto written = writer_.write({&entry, 1});
    EXPECT_TRUE(written) << written.error().message();
    return written ? written->accepted : 0;
  }

 private:
  event::IdHasher hasher_{event::IdHasher::Key{}};  // the ledger has a key of its own
  ledger::postgres::PostgresWriter writer_;
  std::uint64_t entries_ = 0;
};

}  // namespace tidemark::testing_support
