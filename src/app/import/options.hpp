#pragma once

/// The command line of `import`.

#include <string>
#include <vector>

namespace tidemark::app {

struct ImportOptions {
  std::string url;
  std::vector<std::string> files;
  std::string format;       ///< empty: the file's content decides
  std::string rejects;      ///< the file for bad rows; empty: beside each file
  bool quarantine = false;  ///< bad rows go to the service instead
  bool go_on = false;       ///< even if the first rows are all bad
  std::string delimiter;
  std::string preset;
  std::vector<std::string> columns;  ///< OURS=THEIRS
  std::vector<std::string> fixed;    ///< OURS=VALUE
  std::string others;                ///< properties, ignore, error
  std::string event_id_from;         ///< columns, with commas between them
  std::string user_id_from;
  std::string time_unit;
  bool dry_run = false;
  bool json = false;
};

}  // namespace tidemark::app
