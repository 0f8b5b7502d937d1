#pragma once

/// The real data with its true answers, from the folder that TIDEMARK_SHARED names.

#include <optional>
#include <string>
#include <vector>

#include <boost/json/value.hpp>

namespace tidemark::testing_support {

struct Dataset {
  std::string name;
  std::string events_file;         ///< compressed NDJSON
  std::vector<std::string> lines;  ///< one event each
  boost::json::value truth;
};

/// Nothing where the folder is not there.
std::optional<Dataset> load_dataset(const std::string& name);

/// Whether a missing data set is a failure rather than a skip.
bool datasets_are_required();

}  // namespace tidemark::testing_support
