#pragma once

/// What the command line of `import` asks for.

#include <string>
#include <vector>

namespace tidemark::app {

struct ImportOptions {
  std::string url;
  std::vector<std::string> files;
  std::string format;       ///< empty: by what is in the file
  std::string rejects;      ///< where bad rows go; empty: beside each file
  bool quarantine = false;  ///< bad rows go to the service instead
  bool go_on = false;       ///< also where the first rows are all bad
  bool dry_run = false;
  bool json = false;
};

}  // namespace tidemark::app
