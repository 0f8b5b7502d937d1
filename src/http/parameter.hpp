#pragma once

/// Parameters of an endpoint, declared once: how they are read, checked and documented.
///
///     struct TopEvents { Date from; std::int64_t limit = 10; std::vector<Segment> segments; };
///     query("from", &TopEvents::from).required().alias("from_date").describe("First day")
///     query("limit", &TopEvents::limit).defaults_to(10).between(1, 1000)
///     repeated("segment", &TopEvents::segments)            // std::vector<T>
///     prefixed("properties.", &P::properties)              // std::vector<Keyed<T>>, KEY=VALUE
///     path("event_id", &P::id), header("Prefer", &P::prefer)
///
/// The member's type decides: T, or std::optional<T> if "not given" must be distinguished. A type
/// becomes known by specialising `ParameterType`, an enum by specialising `EnumNames`.

#include <array>
#include <charconv>
#include <concepts>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "http/problem.hpp"
#include "http/request.hpp"
#include "http/schema.hpp"

namespace tidemark::http {

/// How a T is read from text. Specialise with
///     static base::Result<T> parse(std::string_view text);   // error: what was expected
///     static Schema schema();
///     static std::string text(const T& value);               // only for `defaults_to`
/// The error's message says what is expected ("a date such as 2025-08-01"); what was received is
/// added to it.
template <class T>
struct ParameterType;

template <>
struct ParameterType<std::string> {
  static base::Result<std::string> parse(std::string_view text) { return std::string(text); }
  static Schema schema() { return Schema::string(); }
  static std::string text(const std::string& value) { return value; }
};

template <>
struct ParameterType<bool> {
  static base::Result<bool> parse(std::string_view text);
  static Schema schema() { return Schema::boolean(); }
  static std::string text(bool value) { return value ? "true" : "false"; }
};

/// Digits with an optional minus only.
template <std::integral I>
  requires(!std::same_as<I, bool>)
struct ParameterType<I> {
  static base::Result<I> parse(std::string_view text) {
    I value{};
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (fault == std::errc{} && end == text.data() + text.size()) return value;
    return base::Error{base::ErrorCode::InvalidInput, "an integer"};
  }
  static Schema schema() { return Schema::integer(); }
  static std::string text(I value) { return std::to_string(value); }
};

/// Specialise with `static constexpr std::array<std::pair<std::string_view, E>, N> names`. Several
/// names may mean one value; the first is the one that is shown.
template <class E>
struct EnumNames;

template <class E>
  requires std::is_enum_v<E>
struct ParameterType<E> {
  static base::Result<E> parse(std::string_view text) {
    std::string expected;
    for (const auto& [name, value] : EnumNames<E>::names) {
      if (name == text) return value;
      expected += expected.empty() ? "one of " : ", ";
      expected += name;
    }
    return base::Error{base::ErrorCode::InvalidInput, expected};
  }
  static Schema schema() {
    std::vector<std::string> all;
    for (const auto& [name, value] : EnumNames<E>::names) all.emplace_back(name);
    return Schema::one_of_names(all);
  }
  static std::string text(E wanted) {
    for (const auto& [name, value] : EnumNames<E>::names) {
      if (value == wanted) return std::string(name);
    }
    return {};
  }
};

/// One parameter of a family: `properties.plan=pro` is {"plan", …}.
template <class T>
struct Keyed {
  std::string key;
  T value;
};

enum class ParameterPlace : std::uint8_t { Query, QueryFamily, Path, Header };

/// What the documents say about a parameter.
struct ParameterDoc {
  ParameterPlace place = ParameterPlace::Query;
  std::string name;  ///< for a family: the prefix
  std::vector<std::string> aliases;
  std::string description;
  bool required = false;
  bool repeats = false;
  Schema schema;
  std::optional<boost::json::value> example;
};

/// A parameter without the type of its struct.
struct BoundParameter {
  ParameterDoc doc;
  /// Reads `text` into the struct; `key` is the part after the prefix of a family.
  std::function<base::Status(void* target, std::string_view key, std::string_view text)> assign;
};

/// Reads and checks all parameters of a request.
class ParameterSet {
 public:
  void add(BoundParameter parameter) { parameters_.push_back(std::move(parameter)); }
  [[nodiscard]] const std::vector<BoundParameter>& all() const noexcept { return parameters_; }

  /// Fills `target`. Returns every fault of the request, not only the first: unknown_parameter,
  /// missing_parameter, empty_parameter, repeated_parameter, invalid_parameter.
  [[nodiscard]] std::vector<Fault> read(const Request& request, void* target) const;

 private:
  [[nodiscard]] Fault unknown(const std::string& name) const;
  void read_query(const Request& request, void* target, std::vector<Fault>& faults) const;

  std::vector<BoundParameter> parameters_;
};

/// "received “text”", cut after 100 bytes.
[[nodiscard]] std::string received(std::string_view text);

namespace parameter_detail {

template <class Member>
struct Kind {
  using Value = Member;
  static void put(Member& member, std::string_view, Value&& value) { member = std::move(value); }
};
template <class T>
struct Kind<std::optional<T>> {
  using Value = T;
  static void put(std::optional<T>& member, std::string_view, T&& value) {
    member = std::move(value);
  }
};
template <class T>
struct Kind<std::vector<T>> {
  using Value = T;
  static void put(std::vector<T>& member, std::string_view, T&& value) {
    member.push_back(std::move(value));
  }
};
template <class T>
struct Kind<std::vector<Keyed<T>>> {
  using Value = T;
  static void put(std::vector<Keyed<T>>& member, std::string_view key, T&& value) {
    member.push_back(Keyed<T>{std::string(key), std::move(value)});
  }
};

}  // namespace parameter_detail

/// A parameter while it is being declared; give it to `EndpointBuilder::param`.
template <class Owner, class Member>
class Parameter {
 public:
  using Value = typename parameter_detail::Kind<Member>::Value;

  Parameter(ParameterPlace place, std::string_view name, Member Owner::* member) : member_(member) {
    doc_.place = place;
    doc_.name = name;
    doc_.schema = ParameterType<Value>::schema();
  }

  Parameter& required() {
    doc_.required = true;
    return *this;
  }
  Parameter& repeats() {
    doc_.repeats = true;
    return *this;
  }
  /// Another name for the parameter; giving both is a fault.
  Parameter& alias(std::string_view name) {
    doc_.aliases.emplace_back(name);
    return *this;
  }
  Parameter& describe(std::string_view text) {
    doc_.description = text;
    return *this;
  }
  Parameter& example(const boost::json::value& value) {
    doc_.example = value;
    return *this;
  }
  /// The value if the parameter is not given. Without a default the member keeps the struct's
  /// initial value.
  Parameter& defaults_to(const Value& value) {
    default_ = value;
    if constexpr (std::is_arithmetic_v<Value>) {
      doc_.schema = doc_.schema.default_value(value);
    } else {
      doc_.schema =
          doc_.schema.default_value(boost::json::string(ParameterType<Value>::text(value)));
    }
    return *this;
  }
  Parameter& between(Value least, Value most)
    requires std::integral<Value>
  {
    doc_.schema = doc_.schema.minimum(static_cast<std::int64_t>(least))
                      .maximum(static_cast<std::int64_t>(most));
    return check([least, most](const Value& value) -> base::Status {
      if (value >= least && value <= most) return base::ok;
      return base::Error{base::ErrorCode::InvalidInput,
                         "a number from " + std::to_string(least) + " to " + std::to_string(most)};
    });
  }
  Parameter& length_max(std::size_t bytes)
    requires std::same_as<Value, std::string>
  {
    doc_.schema = doc_.schema.with("maxLength", bytes);
    return check([bytes](const std::string& value) -> base::Status {
      if (value.size() <= bytes) return base::ok;
      return base::Error{base::ErrorCode::InvalidInput,
                         "at most " + std::to_string(bytes) + " bytes"};
    });
  }
  /// A check of one value; the error says what is expected.
  Parameter& check(std::function<base::Status(const Value&)> rule) {
    rules_.push_back(std::move(rule));
    return *this;
  }

  /// For a struct that has (or inherits) the member.
  template <class P>
    requires std::derived_from<P, Owner> || std::same_as<P, Owner>
  [[nodiscard]] BoundParameter bind() const {
    return {doc_,
            [member = member_, rules = rules_](void* target, std::string_view key,
                                               std::string_view text) -> base::Status {
              auto value = ParameterType<Value>::parse(text);
              if (!value) return value.error();
              for (const auto& rule : rules) {
                auto kept = rule(*value);
                if (!kept) return kept;
              }
              Owner& owner = *static_cast<P*>(target);
              parameter_detail::Kind<Member>::put(owner.*member, key, std::move(*value));
              return base::ok;
            }};
  }
  template <class P>
  void apply_default(P& target) const {
    if (!default_) return;
    Owner& owner = target;
    parameter_detail::Kind<Member>::put(owner.*member_, {}, Value(*default_));
  }
  [[nodiscard]] bool has_default() const noexcept { return default_.has_value(); }

 private:
  ParameterDoc doc_;
  Member Owner::* member_;
  std::optional<Value> default_;
  std::vector<std::function<base::Status(const Value&)>> rules_;
};

template <class Owner, class Member>
Parameter<Owner, Member> query(std::string_view name, Member Owner::* member) {
  return {ParameterPlace::Query, name, member};
}
template <class Owner, class T>
Parameter<Owner, std::vector<T>> repeated(std::string_view name, std::vector<T> Owner::* member) {
  Parameter<Owner, std::vector<T>> parameter{ParameterPlace::Query, name, member};
  return parameter.repeats();
}
template <class Owner, class T>
Parameter<Owner, std::vector<Keyed<T>>> prefixed(std::string_view prefix,
                                                 std::vector<Keyed<T>> Owner::* member) {
  return {ParameterPlace::QueryFamily, prefix, member};
}
/// In the order of the path's template.
template <class Owner, class Member>
Parameter<Owner, Member> path(std::string_view name, Member Owner::* member) {
  Parameter<Owner, Member> parameter{ParameterPlace::Path, name, member};
  return parameter.required();
}
template <class Owner, class Member>
Parameter<Owner, Member> header(std::string_view name, Member Owner::* member) {
  return {ParameterPlace::Header, name, member};
}

}  // namespace tidemark::http
