#include "quarantine/encoding.hpp"

#include <bit>
#include <cstring>

namespace tidemark::quarantine {

static_assert(std::endian::native == std::endian::little, "the format is little-endian");

void Writer::number(std::uint64_t value) {
  out_.append(reinterpret_cast<const char*>(&value), sizeof value);
}

void Writer::text(std::string_view value) {
  number(value.size());
  out_.append(value);
}

void Writer::faults(std::span<const QuarantineFault> faults) {
  number(faults.size());
  for (const auto& fault : faults) {
    text(fault.field);
    text(fault.code);
    text(fault.message);
  }
}

std::uint64_t Reader::number() {
  std::uint64_t value = 0;
  if (in_.size() < sizeof value) return fail();
  std::memcpy(&value, in_.data(), sizeof value);
  in_.remove_prefix(sizeof value);
  return value;
}

std::string Reader::text() {
  const auto size = number();
  if (size > in_.size()) {
    fail();
    return {};
  }
  std::string value(in_.substr(0, size));
  in_.remove_prefix(size);
  return value;
}

std::vector<QuarantineFault> Reader::faults() {
  std::vector<QuarantineFault> faults;
  const auto count = number();
  for (std::uint64_t i = 0; i < count && ok_; ++i) {
    QuarantineFault fault;
    fault.field = text();
    fault.code = text();
    fault.message = text();
    faults.push_back(std::move(fault));
  }
  return faults;
}

std::uint64_t Reader::fail() {
  ok_ = false;
  in_ = {};
  return 0;
}

}  // namespace tidemark::quarantine
