#include "views/rollup/project.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <numeric>

namespace tidemark::views::rollup {
namespace {

ZoneSets empty_sets(event::ZonePtr zone) {
  Ref<DayTable> days;
  days.own();
  return {.zone = std::move(zone),
          .days = std::move(days),
          .last_use = std::make_shared<std::atomic<std::uint64_t>>(0),
          .unions = std::make_shared<DayUnions>()};
}

}  // namespace

Project::Written Project::written(ZoneSets sets) {
  event::ZonePtr zone = sets.zone;
  return {.sets = std::move(sets), .writer = DayWriter(std::move(zone))};
}

Project::Project(std::uint64_t hash_seed)
    : users_(std::make_shared<Dictionary>(hash_seed)),
      types_(std::make_shared<Dictionary>(hash_seed)),
      limits_(std::make_shared<TypeLimits>()) {
  first_seen_.own();
  zones_.push_back(written(empty_sets(event::utc())));
}

Project::Project(Parts parts)
    : users_(std::move(parts.users)),
      types_(std::move(parts.types)),
      first_seen_(std::move(parts.first_seen)),
      latest_(parts.latest) {
  limit_types(std::move(parts.limits));
  for (ZoneSets& sets : parts.zones) zones_.push_back(written(std::move(sets)));
  assert(!zones_.empty() && zones_.front().sets.zone->is_utc());
}

void Project::apply(std::span<const event::StoredRow> rows) {
  view_.reset();
  while (!rows.empty()) {
    const std::size_t count = std::min(rows.size(), Dictionary::kBatchMax);
    apply_some(rows.first(count));
    rows = rows.subspan(count);
  }
}

void Project::apply_some(std::span<const event::StoredRow> rows) {
  assert(rows.size() <= Dictionary::kBatchMax);
  std::array<std::string_view, Dictionary::kBatchMax> keys;
  std::array<std::uint32_t, Dictionary::kBatchMax> users{};
  std::array<std::uint32_t, Dictionary::kBatchMax> types{};
  for (std::size_t i = 0; i < rows.size(); ++i) keys[i] = rows[i].user_id;
  users_->find_or_add({keys.data(), rows.size()}, users.data());
  for (std::size_t i = 0; i < rows.size(); ++i) keys[i] = rows[i].event_type;
  types_->find_or_add({keys.data(), rows.size()}, types.data());

  FirstSeen& first_seen = first_seen_.own();
  for (std::size_t i = 0; i < rows.size(); ++i) {
    first_seen.note(users[i], rows[i].occurred_at, rows[i].sequence);
    latest_ = std::max(latest_, rows[i].occurred_at);
  }
  const Facts facts{.rows = rows, .users = users.data(), .types = types.data()};
  for (auto* list : {&zones_, &recordings_}) {
    for (Written& zone : *list) zone.writer.add(zone.sets.days.own(), facts, *limits_);
  }
}

std::shared_ptr<const ProjectView> Project::view() {
  if (view_ == nullptr) {
    auto view = std::make_shared<ProjectView>();
    view->users = users_;
    view->types = types_;
    view->user_count = users_->size();
    view->type_count = types_->size();
    view->first_seen = first_seen_;
    for (const Written& zone : zones_) view->zones.push_back(zone.sets);
    view->limits = limits_;
    view->latest = latest_;
    view_ = std::move(view);
  }
  return view_;
}

void Project::start_recording(event::ZonePtr zone) {
  assert(zone != nullptr);
  recordings_.push_back(written(empty_sets(std::move(zone))));
}

void Project::cancel_recording(const event::Zone& zone) {
  std::erase_if(recordings_, [&](const Written& w) { return same_days(*w.sets.zone, zone); });
}

void Project::finish_recording(const event::Zone& zone, Ref<DayTable> before,
                               std::size_t zones_max) {
  const auto recorded = std::find_if(recordings_.begin(), recordings_.end(), [&](const Written& w) {
    return same_days(*w.sets.zone, zone);
  });
  if (recorded == recordings_.end()) return;  // memory was short, and it was dropped
  view_.reset();
  DayTable& days = before.own();
  days.merge(*recorded->sets.days);
  if (!limits_->keeps_all()) forget_types(days);
  recorded->sets.days = std::move(before);

  const auto used_before = [](const Written& a, const Written& b) {
    return a.sets.last_use->load() < b.sets.last_use->load();
  };
  assert(!zones_.empty());
  const auto newest = std::max_element(zones_.begin(), zones_.end(), used_before);
  recorded->sets.last_use->store(newest->sets.last_use->load());
  while (zones_.size() > std::max<std::size_t>(zones_max, 1)) {
    zones_.erase(std::min_element(zones_.begin() + 1, zones_.end(), used_before));
  }
  zones_.push_back(std::move(*recorded));
  recordings_.erase(recorded);
}

void Project::forget_types(DayTable& days) const {
  std::vector<event::LocalDay> all;
  days.for_each([&all](event::LocalDay on, const Day& /*day*/) { all.push_back(on); });
  for (const event::LocalDay on : all) {
    days.own(on).types.clear_sets([this](std::uint32_t type) { return !limits_->keeps(type); });
  }
}

void Project::limit_types(TypeLimits limits) {
  types_dropped_ =
      static_cast<std::uint64_t>(std::count(limits.dropped.begin(), limits.dropped.end(), true));
  limits_ = std::make_shared<const TypeLimits>(std::move(limits));
}

std::size_t Project::sets_bytes() const {
  std::size_t bytes = 0;
  for (const Written& zone : zones_) bytes += views::rollup::sets_bytes(*zone.sets.days);
  return bytes;
}

std::size_t Project::drop_rarest_types(std::size_t bytes) {
  const std::uint32_t count = types_->size();
  std::vector<std::uint64_t> events(count);
  std::vector<std::size_t> held(count);
  for (const Written& zone : zones_) {
    zone.sets.days->for_each([&](event::LocalDay /*on*/, const Day& day) {
      day.types.for_each([&](const TypeRow& row) {
        assert(row.type < count);
        events[row.type] += row.count;
        held[row.type] += row.users.memory_bytes();
      });
    });
  }
  std::vector<std::uint32_t> rarest(count);
  std::iota(rarest.begin(), rarest.end(), 0);
  std::stable_sort(rarest.begin(), rarest.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return events[a] < events[b]; });

  TypeLimits limits = *limits_;
  limits.dropped.resize(count, limits.closed);
  limits.closed = true;  // what comes new is rarer still
  std::size_t saved = 0;
  for (const std::uint32_t type : rarest) {
    if (saved >= bytes) break;
    limits.dropped[type] = true;
    saved += held[type];
  }
  limit_types(std::move(limits));
  view_.reset();
  for (auto* list : {&zones_, &recordings_}) {
    for (Written& zone : *list) forget_types(zone.sets.days.own());
  }
  return saved;
}

std::size_t Project::drop_unions() {
  const std::size_t before = MemoryGauge::bytes();
  for (const Written& zone : zones_) zone.sets.unions->clear();
  const std::size_t after = MemoryGauge::bytes();
  return after < before ? before - after : 0;
}

std::size_t Project::drop_zones() {
  const std::size_t before = MemoryGauge::bytes();
  assert(!zones_.empty());
  view_.reset();
  zones_.erase(zones_.begin() + 1, zones_.end());
  recordings_.clear();
  const std::size_t after = MemoryGauge::bytes();
  return after < before ? before - after : 0;
}

Project::Figures& Project::Figures::operator+=(const Figures& other) {
  users += other.users;
  types += other.types;
  types_dropped += other.types_dropped;
  zones += other.zones;
  return *this;
}

Project::Figures Project::figures() const {
  assert(!zones_.empty());
  const TypeLimits& limits = *limits_;
  const std::uint64_t types = types_->size();
  const std::uint64_t newer = limits.closed ? types - limits.dropped.size() : 0;
  return {.users = users_->size(),
          .types = types,
          .types_dropped = types_dropped_ + newer,
          .zones = zones_.size() - 1};
}

}  // namespace tidemark::views::rollup
