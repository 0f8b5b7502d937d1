#pragma once

/// The kinds of values in statements and their answers.

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace tidemark::clients::sqlite {

/// Null, a number of 64 bits, or text in UTF-8: what this program keeps in SQLite.
using Value = std::variant<std::monostate, std::int64_t, std::string>;
using Row = std::vector<Value>;
using Rows = std::vector<Row>;

}  // namespace tidemark::clients::sqlite
