#pragma once

/// How a question is declared: once, as a struct that names its fields. The parameters of its
/// endpoint, the flags of its command, its key in caches and its schema come from this one
/// declaration.
///
///     struct TopEvents {
///       Scope scope;
///       event::DayRange range;
///       std::uint32_t limit = 10;       // what a member is made with is the field's default
///
///       using Row = TopEventsRow;       // see table.hpp
///       static constexpr std::string_view kKey = "top";            // its name in caches
///       static constexpr std::string_view kAnswer = "TopEvents";   // the schema's name
///       static constexpr std::string_view kRows = "Most frequent first";
///       static constexpr auto names() { return std::array{Named<TopEvents>{…}}; }
///       static constexpr auto fields() { return std::tuple{QuestionField{…}, …}; }
///       [[nodiscard]] event::DayRange days() const;                // meta.from, meta.to
///       [[nodiscard]] std::optional<ParameterFault> fault() const; // across fields
///       [[nodiscard]] std::string definition() const;              // meta.definition
///     };
///
/// The question also needs a `fold`, which makes the answer from what a source tells (source.hpp).
/// Optional: `presets()`, fields that the question's name sets and the client does not; `settle()`,
/// which is called once all fields are set; `beside()`, the shapes of the tables beside the rows.
/// CONTRIBUTING.md lists every place that a new question touches.

#include <array>
#include <concepts>
#include <cstdint>
#include <string_view>
#include <tuple>

#include "event/local_day.hpp"

namespace tidemark::query {

/// The words for the values of an enumeration; the first word for a value is the one that is shown.
/// Specialise with `static constexpr std::array<std::pair<std::string_view, E>, N> names`.
template <class E>
struct Choices;

template <class E>
concept Choice = requires { Choices<E>::names; };

/// One field of a question. `at` gives the member: `[](auto& asked) -> auto& { return asked.limit;
/// }`.
template <class At>
struct QuestionField {
  std::string_view name;
  At at;
  std::string_view meaning;
  std::string_view example = {};
  std::array<std::string_view, 2> aliases = {};
  bool required = false;
  std::int64_t least = 0;  ///< the smallest value of a number
  std::int64_t most = 0;
};

/// A name under which a question is asked: /stats/NAME, `tidemark stats NAME`.
template <class Question>
struct Named {
  std::string_view name;
  std::string_view operation;  ///< operationId of its endpoint
  std::string_view summary;
  void (*preset)(Question&) = nullptr;
};

/// The days that a question with a range is about.
constexpr auto range_fields() {
  const auto from = [](auto& asked) -> auto& { return asked.range.from; };
  const auto to = [](auto& asked) -> auto& { return asked.range.to; };
  return std::tuple{QuestionField<decltype(from)>{.name = "from",
                                                  .at = from,
                                                  .meaning = "First day, included",
                                                  .example = "2025-08-01",
                                                  .aliases = {"from_date"},
                                                  .required = true},
                    QuestionField<decltype(to)>{.name = "to",
                                                .at = to,
                                                .meaning = "Last day, included",
                                                .example = "2025-08-30",
                                                .aliases = {"to_date"},
                                                .required = true}};
}

}  // namespace tidemark::query
