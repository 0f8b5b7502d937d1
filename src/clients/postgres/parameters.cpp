#include "clients/postgres/parameters.hpp"

#include <bit>
#include <cassert>
#include <cstdint>
#include <utility>

#include "clients/postgres/wire_format.hpp"

namespace tidemark::clients::postgres {
namespace {

// From pg_type.dat, where they stay for ever.
enum TypeId : unsigned {
  kUnknown = 0,  ///< the server finds out
  kBool = 16,
  kBytea = 17,
  kInt8 = 20,
  kText = 25,
  kFloat8 = 701,
  kInt8Array = 1016,
  kTimestampTz = 1184,
  kTimestampTzArray = 1185,
  kUuid = 2950,
  kUuidArray = 2951,
};

std::uint64_t wire_instant(Instant value) {
  return static_cast<std::uint64_t>(value.micros - kEpochMicros);
}

void put_element(std::string& out, std::int64_t value) {
  put<std::uint32_t>(out, sizeof value);
  put(out, static_cast<std::uint64_t>(value));
}
void put_element(std::string& out, Instant value) {
  put<std::uint32_t>(out, sizeof(std::uint64_t));
  put(out, wire_instant(value));
}
void put_element(std::string& out, Uuid value) {
  put<std::uint32_t>(out, 2 * sizeof(std::uint64_t));
  put(out, value.high);
  put(out, value.low);
}

template <typename Element>
std::string written_array(TypeId element_type, std::span<const Element> elements) {
  std::string out;
  out.reserve(20 + elements.size() * (sizeof(std::uint32_t) + sizeof(Element)));
  put<std::uint32_t>(out, elements.empty() ? 0 : 1);  // dimensions
  put<std::uint32_t>(out, 0);                         // no nulls
  put<std::uint32_t>(out, element_type);
  if (elements.empty()) return out;
  assert(std::in_range<std::int32_t>(elements.size()));
  put(out, static_cast<std::uint32_t>(elements.size()));
  put<std::uint32_t>(out, 1);  // the first one's number
  for (const auto& element : elements) put_element(out, element);
  return out;
}

struct Written {
  TypeId type = kUnknown;
  std::string made = {};
  std::string_view given = {};  ///< where nothing had to be made
  bool is_null = false;
};

Written of_integer(TypeId type, std::uint64_t value) {
  Written written{.type = type};
  put(written.made, value);
  return written;
}

struct Write {
  Written operator()(Null) const { return {.is_null = true}; }
  Written operator()(bool value) const {
    return {.type = kBool, .made = std::string(1, value ? '\1' : '\0')};
  }
  Written operator()(std::int64_t value) const {
    return of_integer(kInt8, static_cast<std::uint64_t>(value));
  }
  Written operator()(double value) const {
    return of_integer(kFloat8, std::bit_cast<std::uint64_t>(value));
  }
  Written operator()(std::string_view value) const { return {.type = kText, .given = value}; }
  Written operator()(Bytes value) const { return {.type = kBytea, .given = value.bytes}; }
  Written operator()(Uuid value) const {
    auto written = of_integer(kUuid, value.high);
    put(written.made, value.low);
    return written;
  }
  Written operator()(Instant value) const { return of_integer(kTimestampTz, wire_instant(value)); }
  Written operator()(Integers value) const {
    return {.type = kInt8Array, .made = written_array(kInt8, value)};
  }
  Written operator()(Uuids value) const {
    return {.type = kUuidArray, .made = written_array(kUuid, value)};
  }
  Written operator()(Instants value) const {
    return {.type = kTimestampTzArray, .made = written_array(kTimestampTz, value)};
  }
};

}  // namespace

Parameters::Parameters(std::span<const Value> values) {
  made_.reserve(values.size());  // pointers into short strings must stay
  for (const auto& value : values) {
    auto written = std::visit(Write{}, value);
    std::string_view bytes = written.given;
    if (!written.made.empty()) bytes = made_.emplace_back(std::move(written.made));
    types_.push_back(written.type);
    // An empty view may have no address, which libpq would take for null.
    bytes_.push_back(written.is_null ? nullptr : bytes.empty() ? "" : bytes.data());
    assert(std::in_range<int>(bytes.size()));
    lengths_.push_back(static_cast<int>(bytes.size()));
    formats_.push_back(1);
  }
}

}  // namespace tidemark::clients::postgres
