#pragma once

/// A root as the sections of a snapshot, and back.

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "views/rollup/project.hpp"
#include "views/rollup/root.hpp"
#include "views/rollup/snapshot/index.hpp"

namespace tidemark::views::rollup::snapshot {

/// One section of a root's snapshot. `encode` may be called while the root is held.
struct Section {
  SectionKey key;
  std::uint64_t version = 0;
  std::function<void(std::string& out)> encode;
};

std::vector<Section> sections_of(const Root& root);

/// Gives the content of a section; the view is valid until the next call.
using SectionReader = std::function<base::Result<std::string_view>(const SectionKey& key)>;

/// The projects of a snapshot. Days of a zone are left out if the zone's rules have changed since,
/// or if the zone is unknown here. Corrupt if the sections do not fit together.
base::Result<std::map<event::ProjectId, Project>> read_projects(const Index& index,
                                                                const SectionReader& read,
                                                                std::uint64_t hash_seed);

}  // namespace tidemark::views::rollup::snapshot
