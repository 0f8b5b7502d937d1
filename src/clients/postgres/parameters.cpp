#include "clients/postgres/parameters.hpp"

#include <bit>
#include <cstdint>

#include "clients/postgres/wire_format.hpp"

namespace tidemark::clients::postgres {
namespace {

// Of pg_type.dat, where they stay for ever.
enum TypeId : unsigned {
  kUnknown = 0,  ///< the server finds out
  kBool = 16,
  kBytea = 17,
  kInt8 = 20,
  kText = 25,
  kFloat8 = 701,
  kInt8Array = 1016,
  kTimestampTz = 1184,
  kUuid = 2950,
};

std::string written_array(Integers integers) {
  std::string out;
  out.reserve(20 + integers.size() * 12);
  put<std::uint32_t>(out, integers.empty() ? 0 : 1);  // dimensions
  put<std::uint32_t>(out, 0);                         // no nulls
  put<std::uint32_t>(out, kInt8);
  if (integers.empty()) return out;
  put(out, static_cast<std::uint32_t>(integers.size()));
  put<std::uint32_t>(out, 1);  // the first one's number
  for (const auto integer : integers) {
    put<std::uint32_t>(out, sizeof integer);
    put(out, static_cast<std::uint64_t>(integer));
  }
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
  Written operator()(Instant value) const {
    return of_integer(kTimestampTz, static_cast<std::uint64_t>(value.micros - kEpochMicros));
  }
  Written operator()(Integers value) const {
    return {.type = kInt8Array, .made = written_array(value)};
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
    lengths_.push_back(static_cast<int>(bytes.size()));
    formats_.push_back(1);
  }
}

}  // namespace tidemark::clients::postgres
