#pragma once

/// A real browser that can reach no other host, and what it made of a page.

#include <filesystem>
#include <string>
#include <vector>

namespace tidemark {

struct Visit {
  std::string dom;
  std::string log;                     ///< the console, and the browser's own
  std::vector<std::string> requested;  ///< by the page: addresses
};

/// Where it is not, a test is skipped: `./dev test` installs it.
bool browser_is_here();

/// Opens `origin` + `page` and waits until nothing happens any more. Its files go into `folder`.
Visit visit(const std::filesystem::path& folder, const std::string& origin,
            const std::string& page);

}  // namespace tidemark
