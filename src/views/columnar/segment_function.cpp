#include "views/columnar/segment_function.hpp"

#include <algorithm>
#include <cassert>
#include <mutex>
#include <unordered_map>
#include <utility>

namespace tidemark::views::columnar {

namespace duckdb = clients::duckdb;
using query::Segment;

namespace {

/// Many conditions on long properties take half a millisecond a row.
constexpr std::size_t kRowsBetweenStops = 32;

}  // namespace

struct SegmentRegistry::Entry::Segments {
  std::mutex mutex;
  std::uint64_t next = 1;
  std::unordered_map<std::uint64_t, std::shared_ptr<const Asked>> by_number;

  std::shared_ptr<const Asked> find(std::uint64_t number) {
    const std::lock_guard lock(mutex);
    const auto at = by_number.find(number);
    return at == by_number.end() ? nullptr : at->second;
  }
};

SegmentRegistry::Entry::Entry(std::shared_ptr<Segments> segments, std::uint64_t number,
                              std::shared_ptr<const Asked> asked)
    : segments_(std::move(segments)), number_(number), asked_(std::move(asked)) {}

SegmentRegistry::Entry::Entry(Entry&& other) noexcept = default;

SegmentRegistry::Entry::~Entry() {
  if (!segments_) return;
  const std::lock_guard lock(segments_->mutex);
  segments_->by_number.erase(number_);
}

std::string SegmentRegistry::Entry::sql() const {
  assert(asked_ != nullptr);
  const auto asks = [this](query::Field field) {
    return std::ranges::any_of(asked_->segment.conditions,
                               [field](const auto& one) { return one.field == field; });
  };
  const auto column = [&](query::Field field, const char* name) {
    return std::string(", ") + (asks(field) ? name : "''");
  };
  return "segment_matches(" + std::to_string(number_) +
         column(query::Field::EventType, "event_type") + column(query::Field::UserId, "user_id") +
         column(query::Field::Property, "properties") + ")";
}

SegmentRegistry::SegmentRegistry() : segments_(std::make_shared<Entry::Segments>()) {}

SegmentRegistry::Entry SegmentRegistry::add(Segment segment, duckdb::Stop stop) {
  auto shared = std::make_shared<const Entry::Asked>(
      Entry::Asked{.segment = std::move(segment), .stop = std::move(stop)});
  const std::lock_guard lock(segments_->mutex);
  const auto number = segments_->next++;
  segments_->by_number.emplace(number, shared);
  return {segments_, number, std::move(shared)};
}

base::Status SegmentRegistry::register_function(duckdb::Connection& connection) const {
  const auto call = [segments = segments_](const duckdb::Chunk& arguments,
                                           duckdb::OutputColumn& out) -> base::Status {
    if (arguments.rows() == 0) return base::ok;
    assert(arguments.columns() == 4);
    const auto number = arguments.column(0).int64s()[0];
    const auto asked = segments->find(static_cast<std::uint64_t>(number));
    if (!asked) return base::Error{base::ErrorCode::InvalidInput, "no such segment"};
    const auto types = arguments.column(1).texts();
    const auto users = arguments.column(2).texts();
    const auto properties = arguments.column(3).texts();
    const auto matches = out.values<bool>();
    bool stopped = false;
    for (std::size_t row = 0; row < arguments.rows(); ++row) {
      if (row % kRowsBetweenStops == 0 && asked->stop) stopped = stopped || asked->stop();
      // No event has a null here, but the library also asks about rows of its own, whose bytes are
      // meaningless.
      if (stopped || arguments.column(1).null(row) || arguments.column(2).null(row) ||
          arguments.column(3).null(row)) {
        matches[row] = false;
        continue;
      }
      matches[row] =
          asked->segment.matches(types[row].view(), users[row].view(), properties[row].view());
    }
    return base::ok;
  };
  using duckdb::Type;
  return connection.add(duckdb::ScalarFunction{
      .name = "segment_matches",
      .parameters = {Type::BigInt, Type::Varchar, Type::Varchar, Type::Varchar},
      .answer = Type::Boolean,
      .call = call});
}

}  // namespace tidemark::views::columnar
