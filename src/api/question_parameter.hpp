#pragma once

/// A field of a question (query/declaration.hpp) as a parameter of an endpoint.

#include <cassert>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "api/parameters.hpp"
#include "http/parameter.hpp"
#include "query/declaration.hpp"

namespace tidemark::api {

/// Numbers are read with 64 bits, so that a client hears the bounds even for a number far beyond
/// them.
template <class T>
struct ReadAs {
  using type = T;
};
template <std::integral T>
struct ReadAs<T> {
  using type = std::int64_t;
};

/// Only numbers have bounds.
template <class At, class T>
base::Status check_bounds(const query::QuestionField<At>& field, const T& value) {
  if constexpr (std::integral<T>) {
    if (value < field.least || value > field.most) {
      return base::Error{
          base::ErrorCode::InvalidInput,
          "a number from " + std::to_string(field.least) + " to " + std::to_string(field.most)};
    }
  }
  return base::ok;
}

/// `made` holds the default; `member(Parameters&)` is where a value goes.
template <class Parameters, class At, class T, class Member>
http::BoundParameter parameter_of(const query::QuestionField<At>& field, const T& made,
                                  Member member) {
  using Read = http::ParameterType<typename ReadAs<T>::type>;
  http::ParameterDoc doc{.place = http::ParameterPlace::Query,
                         .name = std::string(field.name),
                         .aliases = {},
                         .description = std::string(field.meaning),
                         .required = field.required,
                         .repeats = false,
                         .schema = Read::schema(),
                         .example = {}};
  for (const std::string_view alias : field.aliases) {
    if (!alias.empty()) doc.aliases.emplace_back(alias);
  }
  if (!field.example.empty()) doc.example = boost::json::string(field.example);
  if constexpr (std::integral<T>) {
    doc.schema = doc.schema.default_value(std::int64_t{made});
    assert(field.least <= field.most);
    doc.schema = doc.schema.minimum(field.least).maximum(field.most);
  } else if constexpr (std::is_enum_v<T>) {
    doc.schema = doc.schema.default_value(boost::json::string(Read::text(made)));
  }
  return {std::move(doc),
          [field, member](void* target, std::string_view /*key*/,
                          std::string_view text) -> base::Status {
            auto value = Read::parse(text);
            if (!value) return value.error();
            if (auto good = check_bounds(field, *value); !good) return good;
            member(*static_cast<Parameters*>(target)) = static_cast<T>(*std::move(value));
            return base::ok;
          }};
}

}  // namespace tidemark::api
