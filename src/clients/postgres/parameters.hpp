#pragma once

/// The values of a statement in the form that libpq needs: binary, with their types.

#include <array>
#include <span>
#include <string>
#include <vector>

#include "clients/postgres/value.hpp"

namespace tidemark::clients::postgres {

/// Lifetime: texts and bytes are not copied; the owners of the values must outlive it.
class Parameters {
 public:
  explicit Parameters(std::span<const Value> values);
  Parameters(const Parameters&) = delete;
  Parameters& operator=(const Parameters&) = delete;

  [[nodiscard]] int count() const { return static_cast<int>(types_.size()); }
  [[nodiscard]] const unsigned* types() const { return types_.data(); }
  [[nodiscard]] const char* const* bytes() const { return bytes_.data(); }
  [[nodiscard]] const int* lengths() const { return lengths_.data(); }
  [[nodiscard]] const int* formats() const { return formats_.data(); }

 private:
  std::vector<std::string> made_;  // values that had to be written anew
  std::vector<unsigned> types_;
  std::vector<const char*> bytes_;
  std::vector<int> lengths_;
  std::vector<int> formats_;
};

}  // namespace tidemark::clients::postgres
