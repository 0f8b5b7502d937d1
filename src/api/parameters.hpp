#pragma once

/// The parameter types of this service, as http reads and documents them.

#include <optional>
#include <variant>

#include "event/local_day.hpp"
#include "event/zone.hpp"
#include "http/parameter.hpp"
#include "query/position.hpp"
#include "query/question.hpp"

namespace tidemark::api {

/// The expected value of `after`, for the refusal of any other text.
inline constexpr const char* kPositionExpected = "a position from a receipt of this service";

/// A local day, or an instant.
struct DayOrInstant {
  std::variant<event::LocalDay, event::Micros> value;
};

}  // namespace tidemark::api

namespace tidemark::http {

template <>
struct ParameterType<event::LocalDay> {
  static base::Result<event::LocalDay> parse(std::string_view text);
  static Schema schema();
};

template <>
struct ParameterType<event::ZonePtr> {
  static base::Result<event::ZonePtr> parse(std::string_view text);
  static Schema schema();
};

template <>
struct ParameterType<query::Condition> {
  static base::Result<query::Condition> parse(std::string_view text);
  static Schema schema();
};

template <>
struct ParameterType<query::Position> {
  static base::Result<query::Position> parse(std::string_view text);
  static Schema schema();
};

template <>
struct ParameterType<api::DayOrInstant> {
  static base::Result<api::DayOrInstant> parse(std::string_view text);
  static Schema schema();
};

/// The words for the choices of a question.
template <query::Choice E>
struct EnumNames<E> : query::Choices<E> {};

}  // namespace tidemark::http
