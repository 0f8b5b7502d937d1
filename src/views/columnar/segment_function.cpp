#include "views/columnar/segment_function.hpp"

#include <algorithm>
#include <mutex>
#include <unordered_map>
#include <utility>

namespace tidemark::views::columnar {

namespace duckdb = clients::duckdb;
using query::Segment;

struct SegmentRegistry::Entry::Segments {
  std::mutex mutex;
  std::uint64_t next = 1;
  std::unordered_map<std::uint64_t, std::shared_ptr<const Segment>> by_number;

  std::shared_ptr<const Segment> find(std::uint64_t number) {
    const std::lock_guard lock(mutex);
    const auto at = by_number.find(number);
    return at == by_number.end() ? nullptr : at->second;
  }
};

SegmentRegistry::Entry::Entry(std::shared_ptr<Segments> segments, std::uint64_t number,
                              std::shared_ptr<const Segment> segment)
    : segments_(std::move(segments)), number_(number), segment_(std::move(segment)) {}

SegmentRegistry::Entry::Entry(Entry&& other) noexcept = default;

SegmentRegistry::Entry::~Entry() {
  if (!segments_) return;
  const std::lock_guard lock(segments_->mutex);
  segments_->by_number.erase(number_);
}

std::string SegmentRegistry::Entry::sql() const {
  const auto asks = [this](query::Field field) {
    return std::ranges::any_of(segment_->conditions,
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

SegmentRegistry::Entry SegmentRegistry::add(Segment segment) {
  auto shared = std::make_shared<const Segment>(std::move(segment));
  const std::lock_guard lock(segments_->mutex);
  const auto number = segments_->next++;
  segments_->by_number.emplace(number, shared);
  return {segments_, number, std::move(shared)};
}

base::Status SegmentRegistry::register_function(duckdb::Connection& connection) const {
  const auto call = [segments = segments_](const duckdb::Chunk& arguments,
                                           duckdb::OutputColumn& out) -> base::Status {
    if (arguments.rows() == 0) return base::ok;
    const auto number = arguments.column(0).int64s()[0];
    const auto segment = segments->find(static_cast<std::uint64_t>(number));
    if (!segment) return base::Error{base::ErrorCode::InvalidInput, "no such segment"};
    const auto types = arguments.column(1).texts();
    const auto users = arguments.column(2).texts();
    const auto properties = arguments.column(3).texts();
    const auto matches = out.values<bool>();
    for (std::size_t row = 0; row < arguments.rows(); ++row) {
      // No event has a null here, but the library asks about some of its own, whose bytes mean
      // nothing.
      if (arguments.column(1).null(row) || arguments.column(2).null(row) ||
          arguments.column(3).null(row)) {
        matches[row] = false;
        continue;
      }
      matches[row] = segment->matches(types[row].view(), users[row].view(), properties[row].view());
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
