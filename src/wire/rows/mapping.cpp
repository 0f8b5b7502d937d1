#include "wire/rows/mapping.hpp"

#include <algorithm>

#include <boost/uuid/name_generator_sha1.hpp>
#include <boost/uuid/uuid.hpp>
#include <boost/uuid/uuid_io.hpp>

#include "wire/fault_log.hpp"

namespace tidemark::wire {
namespace {

// Itself of version 5: "urn:tidemark:event-id-from" in the namespace of URLs.
constexpr boost::uuids::uuid kNamespace = {{0x91, 0x1e, 0x27, 0x1c, 0xf9, 0xab, 0x55, 0x2d, 0x92,
                                            0x05, 0x80, 0x74, 0x81, 0x3e, 0xaf, 0x76}};

bool is_among(std::string_view name, const std::vector<std::string>& columns) {
  return std::find(columns.begin(), columns.end(), name) != columns.end();
}

bool is_there(std::string_view name, const std::vector<std::string>& columns) {
  return is_among(name, columns) || is_among(column_of(name), columns);
}

std::string listed(const std::vector<std::string>& names) {
  constexpr std::size_t kNamed = 20;
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), kNamed); ++i) {
    text += (i == 0 ? "" : ", ") + shown(names[i]);
  }
  return names.size() > kNamed ? text + ", …" : text;
}

bool is_field_name(std::string_view name, Field field) {
  return name == name_of(field) || (field == Field::Properties && name == "properties_json");
}

/// What a field lacks, or nothing.
std::string missing_of(const Mapping& mapping, Field field,
                       const std::vector<std::string>& columns) {
  const auto index = static_cast<std::size_t>(field);
  if (mapping.fixed[index] || field == Field::Properties) return {};
  if (field == Field::EventId && !mapping.id_columns.empty()) return {};
  const auto& named = mapping.columns[index];
  if (named.empty()) {
    if (is_among(name_of(field), columns)) return {};
    return "column " + shown(name_of(field)) + " is missing; the file has " + listed(columns) +
           (field == Field::EventId
                ? " (--event-id-from makes ids from other columns)"
                : " (--column " + std::string(name_of(field)) + "=THEIRS names another column)");
  }
  if (std::ranges::any_of(named, [&](const auto& name) { return is_there(name, columns); })) {
    return {};
  }
  return std::string(name_of(field)) + " must come from " + listed(named) +
         ", which the file does not have; the file has " + listed(columns);
}

}  // namespace

bool Mapping::is_plain() const {
  const bool named = std::ranges::any_of(columns, [](const auto& of) { return !of.empty(); });
  const bool given = std::ranges::any_of(fixed, [](const auto& of) { return of.has_value(); });
  return !named && !given && id_columns.empty() && others == OtherColumns::Refused && !time_unit;
}

bool Mapping::knows(std::string_view column) const {
  const auto names_it = [&](const std::string& name) {
    return name == column || column_of(name) == column;
  };
  for (std::size_t i = 0; i < kFieldsCount; ++i) {
    if (std::ranges::any_of(columns[i], names_it)) return true;
    const bool own = columns[i].empty() && !fixed[i];
    if (own && is_field_name(column, static_cast<Field>(i))) return true;
  }
  return std::ranges::any_of(id_columns, names_it);
}

std::string_view column_of(std::string_view name) { return name.substr(0, name.find('.')); }

std::string fault_of_columns(const Mapping& mapping, const std::vector<std::string>& columns) {
  for (std::size_t i = 0; i < kFieldsCount; ++i) {
    auto missing = missing_of(mapping, static_cast<Field>(i), columns);
    if (!missing.empty()) return missing;
  }
  for (const auto& name : mapping.id_columns) {
    if (!mapping.id_columns_may_miss && !is_there(name, columns)) {
      return "event_id must be made from column " + shown(name) +
             ", which the file does not have; the file has " + listed(columns);
    }
  }
  if (mapping.others != OtherColumns::Refused) return {};
  for (const auto& column : columns) {
    if (!mapping.knows(column)) {
      return "unknown column " + shown(column) +
             "; --rest properties keeps such columns, --rest ignore leaves them out, --column "
             "FIELD=" +
             (column.size() <= 40 ? column : "THEIRS") + " uses a column as a field";
    }
  }
  return {};
}

std::string id_of(const std::vector<IdPart>& parts) {
  std::string all;
  const auto add = [&](std::string_view text) {
    all.append(std::to_string(text.size())).append(1, ':').append(text).append(1, ',');
  };
  for (const auto& part : parts) {
    add(part.name);
    add(part.value);
  }
  const boost::uuids::name_generator_sha1 generator(kNamespace);
  return boost::uuids::to_string(generator(all.data(), all.size()));
}

}  // namespace tidemark::wire
