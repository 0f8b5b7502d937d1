#pragma once

/// JSON in the catalog's rows: lists of texts, and what the audit tells of a change.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace tidemark::catalog {

using Texts = std::vector<std::string>;

std::string text_of_list(const Texts& list);
/// None: it is not a list of texts.
std::optional<Texts> list_of_text(std::string_view json);

/// The members of an object, in this order.
using Members = std::vector<std::pair<std::string_view, std::variant<std::string, Texts>>>;
std::string text_of_object(const Members& members);

}  // namespace tidemark::catalog
