#include "views/rollup/snapshot/sections.hpp"

#include <algorithm>

#include "views/rollup/bytes.hpp"

namespace tidemark::views::rollup::snapshot {
namespace {

constexpr std::uint32_t kNamesInSection = 16'384;
constexpr std::int32_t kDayOffset = 1'000;  // numbers are not negative, days may be
constexpr int kDroppedShift = 40;           // a trillion events, below sixteen million types

base::Error corrupt(std::string what) { return {base::ErrorCode::Corrupt, std::move(what)}; }

std::uint64_t dropped_count(const TypeLimits& limits) {
  const auto dropped = std::count(limits.dropped.begin(), limits.dropped.end(), true);
  return static_cast<std::uint64_t>(dropped) + (limits.closed ? 1 : 0);
}

void encode_project(const ProjectView& view, std::string& out) {
  put(out, view.latest);
  put(out, view.user_count);
  put(out, view.type_count);
  put(out, static_cast<std::uint8_t>(view.limits->closed));
  put(out, static_cast<std::uint32_t>(view.limits->dropped.size()));
  for (const bool dropped : view.limits->dropped) put(out, static_cast<std::uint8_t>(dropped));
  put(out, static_cast<std::uint32_t>(view.zones.size() - 1));
  for (std::size_t i = 1; i < view.zones.size(); ++i) {
    put_text(out, view.zones[i].zone->name());
    put(out, view.zones[i].zone->rules_hash());
  }
}

void encode_day(const Day& day, std::string& out) {
  put(out, day.changed);
  put(out, day.events);
  day.users.encode(out);
  put(out, static_cast<std::uint32_t>(day.types.size()));
  day.types.for_each([&out](const TypeRow& row) { put(out, row.type); });
  day.types.for_each([&out](const TypeRow& row) { put(out, row.count); });
  day.types.for_each([&out](const TypeRow& row) { row.users.encode(out); });
}

void add_names(const Dictionary& names, std::uint32_t count, SectionKey key,
               std::vector<Section>& sections) {
  for (std::uint32_t first = 0; first < count; first += kNamesInSection) {
    const std::uint32_t end = std::min(count, first + kNamesInSection);
    key.number = first / kNamesInSection;
    sections.push_back(
        {.key = key, .version = end - first, .encode = [&names, first, end](auto& out) {
           for (const auto name : names.names(first, end)) put_text(out, name);
         }});
  }
}

void add_project(std::uint32_t id, const ProjectView& view, event::Sequence position,
                 std::vector<Section>& sections) {
  sections.push_back({.key = {.kind = SectionKind::Project, .project = id},
                      .version = position,
                      .encode = [&view](auto& out) { encode_project(view, out); }});
  add_names(*view.users, view.user_count, {.kind = SectionKind::Users, .project = id}, sections);
  add_names(*view.types, view.type_count, {.kind = SectionKind::Types, .project = id}, sections);

  const std::uint32_t users = view.first_seen->users();
  for (std::uint32_t i = 0; i < view.first_seen->pages().size(); ++i) {
    const FirstSeen::Page& page = *view.first_seen->pages()[i];
    const std::uint32_t count =
        std::min(users - i * FirstSeen::kUsersInPage, FirstSeen::kUsersInPage);
    sections.push_back({.key = {.kind = SectionKind::FirstSeen, .project = id, .number = i},
                        .version = page.changed,
                        .encode = [&page, count](auto& out) {
                          put(out, page.changed);
                          put_all(out, page.at.data(), count);
                        }});
  }

  const std::uint64_t dropped = dropped_count(*view.limits) << kDroppedShift;
  for (const ZoneSets& zone : view.zones) {
    zone.days->for_each([&](event::LocalDay on, const Day& day) {
      sections.push_back({.key = {.kind = SectionKind::Day,
                                  .project = id,
                                  .zone = zone.zone->rules_hash(),
                                  .number = static_cast<std::uint32_t>(on.days + kDayOffset)},
                          .version = day.changed | dropped,
                          .encode = [&day](auto& out) { encode_day(day, out); }});
    });
  }
}

/// Reads one project; each step is false where the bytes do not fit.
class ProjectReader {
 public:
  ProjectReader(const Index& index, const SectionReader& read, std::uint32_t id)
      : index_(index), read_(read), id_(id) {}

  base::Result<Project> make(std::uint64_t hash_seed) {
    parts_.users = std::make_shared<Dictionary>(hash_seed);
    parts_.types = std::make_shared<Dictionary>(hash_seed);
    parts_.first_seen.own();
    if (auto read = each(SectionKind::Project, &ProjectReader::project); !read) return read.error();
    if (auto read = each(SectionKind::Users, &ProjectReader::users); !read) return read.error();
    if (auto read = each(SectionKind::Types, &ProjectReader::types); !read) return read.error();
    if (auto read = each(SectionKind::FirstSeen, &ProjectReader::first_seen); !read) {
      return read.error();
    }
    if (auto read = each(SectionKind::Day, &ProjectReader::day); !read) return read.error();
    if (parts_.users->size() != user_count_ || parts_.types->size() != type_count_ ||
        parts_.first_seen->users() != user_count_) {
      return corrupt("the snapshot lacks users or types");
    }
    return Project(std::move(parts_));
  }

 private:
  using Step = bool (ProjectReader::*)(const SectionKey& key, std::string_view bytes);

  base::Status each(SectionKind kind, Step step) {
    const SectionKey first{.kind = kind, .project = id_};
    for (auto at = index_.sections.lower_bound(first);
         at != index_.sections.end() && at->first.kind == kind && at->first.project == id_; ++at) {
      auto bytes = read_(at->first);
      if (!bytes) return bytes.error();
      if (!(this->*step)(at->first, *bytes)) return corrupt("a section of the snapshot is damaged");
    }
    return base::ok;
  }

  bool project(const SectionKey& /*key*/, std::string_view bytes) {
    std::uint8_t closed = 0;
    std::uint32_t limited = 0;
    if (!take(bytes, parts_.latest) || !take(bytes, user_count_) || !take(bytes, type_count_) ||
        !take(bytes, closed) || !take(bytes, limited) || limited > bytes.size()) {
      return false;
    }
    parts_.limits.closed = closed != 0;
    for (std::uint32_t i = 0; i < limited; ++i) parts_.limits.dropped.push_back(bytes[i] != 0);
    bytes.remove_prefix(limited);

    add_zone(event::utc());
    std::uint32_t zones = 0;
    if (!take(bytes, zones)) return false;
    for (std::uint32_t i = 0; i < zones; ++i) {
      std::string_view name;
      std::uint64_t rules_hash = 0;
      if (!take_text(bytes, name) || !take(bytes, rules_hash)) return false;
      auto zone = event::find_zone(name);
      if (zone && (*zone)->rules_hash() == rules_hash) add_zone(*zone);
    }
    return bytes.empty();
  }

  void add_zone(event::ZonePtr zone) {
    ZoneSets sets{.zone = std::move(zone),
                  .days = {},
                  .last_use = std::make_shared<std::atomic<std::uint64_t>>(0),
                  .unions = std::make_shared<DayUnions>()};
    sets.days.own();
    parts_.zones.push_back(std::move(sets));
  }

  static bool names(Dictionary& into, std::string_view bytes) {
    std::vector<std::string_view> batch;
    std::array<std::uint32_t, Dictionary::kBatchMax> ordinals{};
    while (!bytes.empty()) {
      batch.clear();
      for (std::string_view name; batch.size() < ordinals.size() && !bytes.empty();) {
        if (!take_text(bytes, name)) return false;
        batch.push_back(name);
      }
      const auto before = into.size();
      into.find_or_add(batch, ordinals.data());
      if (into.size() != before + batch.size()) return false;  // one was there before
    }
    return true;
  }
  bool users(const SectionKey& /*key*/, std::string_view bytes) {
    return names(*parts_.users, bytes);
  }
  bool types(const SectionKey& /*key*/, std::string_view bytes) {
    return names(*parts_.types, bytes);
  }

  bool first_seen(const SectionKey& key, std::string_view bytes) {
    FirstSeen& all = parts_.first_seen.own();
    Ref<FirstSeen::Page> fresh;
    FirstSeen::Page& page = fresh.own();
    if (!take(bytes, page.changed)) return false;
    const std::size_t count = bytes.size() / sizeof(event::Micros);
    if (count == 0 || count > page.at.size() || key.number != all.pages().size() ||
        all.users() != all.pages().size() * FirstSeen::kUsersInPage) {
      return false;
    }
    if (!take_all(bytes, page.at.data(), count) || !bytes.empty()) return false;
    all.add_page(std::move(fresh), static_cast<std::uint32_t>(count));
    return true;
  }

  bool day(const SectionKey& key, std::string_view bytes) {
    const auto zone =
        std::find_if(parts_.zones.begin(), parts_.zones.end(),
                     [&key](const ZoneSets& sets) { return sets.zone->rules_hash() == key.zone; });
    if (zone == parts_.zones.end()) return true;  // its rules have changed
    const event::LocalDay on{static_cast<std::int32_t>(key.number) - kDayOffset};
    if (!DayTable::holds(on)) return false;

    Day& day = zone->days.own().own(on);
    return take(bytes, day.changed) && take(bytes, day.events) && take_set(bytes, day.users) &&
           take_types(bytes, day.types) && bytes.empty();
  }

  bool take_types(std::string_view& bytes, TypeSets& into) const {
    std::uint32_t size = 0;
    if (!take(bytes, size) || size > type_count_) return false;
    std::vector<std::uint32_t> types(size);
    std::vector<std::uint64_t> counts(size);
    if (!take_all(bytes, types.data(), size) || !take_all(bytes, counts.data(), size)) return false;
    for (std::uint32_t i = 0; i < size; ++i) {
      OrdinalSet users;
      if ((i > 0 && types[i - 1] >= types[i]) || !take_set(bytes, users)) return false;
      into.append({.type = types[i], .count = counts[i], .users = std::move(users)});
    }
    return size == 0 || types.back() < type_count_;
  }

  bool take_set(std::string_view& bytes, OrdinalSet& set) const {
    return set.decode(bytes) && set.blocks() <= (user_count_ + kBlockUsers - 1) / kBlockUsers;
  }

  const Index& index_;
  const SectionReader& read_;
  const std::uint32_t id_;
  Project::Parts parts_;
  std::uint32_t user_count_ = 0;
  std::uint32_t type_count_ = 0;
};

}  // namespace

std::vector<Section> sections_of(const Root& root) {
  std::vector<Section> sections;
  for (const auto& [id, view] : root.projects) {
    add_project(static_cast<std::uint32_t>(id), *view, root.position, sections);
  }
  return sections;
}

base::Result<std::map<event::ProjectId, Project>> read_projects(const Index& index,
                                                                const SectionReader& read,
                                                                std::uint64_t hash_seed) {
  std::map<event::ProjectId, Project> projects;
  for (const auto& [key, place] : index.sections) {
    if (key.kind != SectionKind::Project) break;  // they come first
    auto project = ProjectReader(index, read, key.project).make(hash_seed);
    if (!project) return project.error();
    projects.emplace(event::ProjectId{key.project}, *std::move(project));
  }
  return projects;
}

}  // namespace tidemark::views::rollup::snapshot
