#include "views/rollup/rollup.hpp"

#include <algorithm>
#include <cassert>
#include <functional>
#include <iterator>
#include <utility>
#include <vector>

#include "base/check.hpp"
#include "views/rollup/snapshot/index.hpp"
#include "views/rollup/state.hpp"

namespace tidemark::views::rollup {

Rollup::Rollup(std::unique_ptr<State> state) : state_(std::move(state)) {}

Rollup::~Rollup() { stop(); }

base::Result<std::unique_ptr<Rollup>> Rollup::open(files::Files& files, RollupOptions options) {
  auto state = std::make_unique<State>(files, std::move(options));
  if (!state->options.folder.empty()) state->load();
  return std::unique_ptr<Rollup>(new Rollup(std::move(state)));
}

event::Sequence Rollup::position() const { return state_->position_seen.load(); }

const std::string& Rollup::snapshot_refused() const { return state_->snapshot_refused; }

void Rollup::apply(const event::ProjectRows& piece) {
  State& state = *state_;
  auto rows = piece.rows;
  assert(std::ranges::is_sorted(rows, {}, &event::StoredRow::sequence));
  if (wants_turn()) take_turn();
  while (!rows.empty() && rows.front().sequence < state.position) rows = rows.subspan(1);
  if (rows.empty()) return;
  if (!state.given_up) state.project(piece.project).apply(rows);
  state.position = rows.back().sequence + 1;
  state.settle();
}

void Rollup::give_up(event::Sequence position) {
  assert(position >= state_->position);
  state_->projects.clear();
  state_->given_up = true;
  state_->position = position;
  state_->settle();
}

bool Rollup::wants_turn() const {
  const ZoneBuilder* const builder = state_->builder.load();
  return builder != nullptr && builder->wants_turn();
}

void Rollup::take_turn() {
  ZoneBuilder* const builder = state_->builder.load();
  if (builder == nullptr) return;
  builder->take_turn(state_->projects, state_->position, state_->options.zones_max);
  state_->settle();
}

void Rollup::start(query::ViewHooks hooks) {
  TIDEMARK_CHECK(state_->owned_builder_ == nullptr);
  state_->owned_builder_ =
      std::make_unique<ZoneBuilder>(*this, std::move(hooks), state_->options.events_of_a_share_min);
  state_->builder = state_->owned_builder_.get();
}

void Rollup::stop() {
  if (state_->owned_builder_ != nullptr) state_->owned_builder_->stop();
}

void Rollup::tend(const query::ViewRoot& root) {
  for (const auto& [id, project] : static_cast<const Root&>(root).projects) {
    for (const ZoneSets& zone : project->zones) zone.unions->make_quiet(*zone.days);
  }
  state_->weigh(static_cast<const Root&>(root));
}

std::vector<ProjectBytes> Rollup::largest_projects() const {
  const std::lock_guard lock(state_->weighing);
  return state_->largest;
}

std::optional<event::Sequence> Rollup::position_on_disk(files::Files& files,
                                                        const std::filesystem::path& folder,
                                                        std::uint64_t ledger_id) {
  const auto bytes =
      files::read_whole(files, folder / snapshot::kIndexName, snapshot::kIndexBytesMax);
  if (!bytes) return std::nullopt;
  const auto index = snapshot::decode_index(*bytes);
  if (!index || index->ledger_id != ledger_id) return std::nullopt;
  return index->position;
}

base::Status Rollup::write_snapshot(const query::ViewRoot& root) {
  if (state_->options.folder.empty()) return base::ok;
  return state_->snapshots.write(static_cast<const Root&>(root));
}

event::Sequence Rollup::snapshot_position() const { return state_->snapshots.position(); }

std::shared_ptr<const query::ViewRoot> Rollup::root() {
  auto root = std::make_shared<Root>();
  root->position = state_->position;
  root->given_up = state_->given_up;
  for (auto& [id, project] : state_->projects) root->projects.emplace(id, project.view());
  if (state_->owned_builder_ != nullptr) root->turns = state_->owned_builder_->turns();
  root->lives = state_->lives;
  return root;
}

query::ViewFigures Rollup::figures() const {
  return {.memory_bytes = MemoryGauge::bytes(), .given_up = state_->given_up_seen.load()};
}

RollupFigures Rollup::counts() const {
  return {.users = state_->users.load(),
          .types = state_->types.load(),
          .types_without_sets = state_->types_dropped.load(),
          .zones = state_->zones.load()};
}

void Rollup::State::weigh(const Root& root) {
  const auto now = std::chrono::steady_clock::now();
  if (weighed_at && now - *weighed_at < kWeighEvery) return;
  weighed_at = now;
  std::vector<ProjectBytes> weighed;
  for (const auto& [id, project] : root.projects) {
    std::size_t bytes = 0;
    for (const ZoneSets& zone : project->zones) bytes += sets_bytes(*zone.days);
    weighed.push_back({id, bytes});
  }
  std::ranges::sort(weighed, std::greater(), &ProjectBytes::bytes);
  std::vector<ProjectBytes> over;
  if (options.project_bytes_max > 0) {
    std::ranges::copy_if(weighed, std::back_inserter(over), [&](const ProjectBytes& project) {
      return project.bytes > options.project_bytes_max;
    });
  }
  if (weighed.size() > kProjectsTold) weighed.resize(kProjectsTold);
  const std::lock_guard lock(weighing);
  largest = std::move(weighed);
  too_large = std::move(over);
  too_large_found = !too_large.empty();
}

void Rollup::State::hold_to_budgets() {
  std::vector<ProjectBytes> over;
  {
    const std::lock_guard lock(weighing);
    over = std::exchange(too_large, {});
    too_large_found = false;
  }
  for (const auto& [id, bytes] : over) {
    // A tenth more than must be, so that it is not at every weighing.
    const std::size_t to_save = bytes - options.project_bytes_max / 10 * 9;
    project(id).drop_rarest_types(to_save);
  }
}

void Rollup::State::load() {
  auto loaded = snapshots.load();
  if (loaded) {
    position = loaded->position;
    projects = std::move(loaded->projects);
  } else if (loaded.error().code() != base::ErrorCode::NotFound) {
    snapshot_refused = loaded.error().message();
  }
  settle();
}

Project& Rollup::State::project(event::ProjectId id) {
  return projects.try_emplace(id, options.hash_seed).first->second;
}

void Rollup::State::settle() {
  if (too_large_found && !given_up) hold_to_budgets();
  if (!given_up && MemoryGauge::bytes() > options.memory_bytes_max) save_memory();
  position_seen = position;
  Project::Figures sum;
  for (const auto& [id, project] : projects) sum += project.figures();
  users = sum.users;
  types = sum.types;
  types_dropped = sum.types_dropped;
  zones = sum.zones;
  given_up_seen = given_up;
}

void Rollup::State::save_memory() {
  // While a root is held, dropping frees nothing: wait, but not for ever.
  const std::size_t bytes = MemoryGauge::bytes();
  const bool held = lives.use_count() > 1;
  if (held && bytes < options.memory_bytes_max + options.memory_bytes_max / 4) return;

  // A tenth more than must be, so that it is not for each event anew.
  // Another thread may have freed some since the caller looked.
  const std::size_t aim = options.memory_bytes_max / 10 * 9;
  if (bytes <= aim) return;
  const std::size_t to_save = bytes - aim;
  std::size_t saved = 0;
  for (auto& [id, project] : projects) saved += project.drop_unions();
  if (saved >= to_save) return;
  // The largest project gives first: a small one is not to pay for it.
  std::vector<std::pair<std::size_t, Project*>> by_size;
  for (auto& [id, project] : projects) by_size.emplace_back(project.sets_bytes(), &project);
  std::ranges::sort(by_size, std::greater());
  for (const auto& [size, project] : by_size) {
    if (saved < to_save) saved += project->drop_rarest_types(to_save - saved);
  }
  if (saved >= to_save) return;
  zones_dropped = true;
  for (auto& [id, project] : projects) saved += project.drop_zones();
  if (saved >= to_save / 2) return;
  projects.clear();
  given_up = true;
}

}  // namespace tidemark::views::rollup
