#pragma once

/// The columns of other services' exports and their meanings.

#include <span>
#include <string_view>

namespace tidemark::app {

/// Names as in Mapping, separated by commas; an id is taken from `event_id` if that has a value,
/// and otherwise made from `event_id_from`. All other columns become properties.
struct ImportPreset {
  std::string_view name;
  std::string_view event_id;
  std::string_view event_id_from;
  std::string_view occurred_at;
  std::string_view user_id;
  std::string_view event_type;
  std::string_view properties;
  std::string_view time_unit;  ///< of numbers
};

std::span<const ImportPreset> import_presets();

}  // namespace tidemark::app
