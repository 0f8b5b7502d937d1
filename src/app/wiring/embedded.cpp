#include "app/wiring/embedded.hpp"

#include <cassert>
#include <filesystem>
#include <utility>

#include "app/wiring/options.hpp"
#include "app/wiring/profile_figures.hpp"

namespace tidemark::app {

Embedded::Embedded(const Environment& environment)
    : remembered_(environment.clock, answers_options(environment.settings)) {}

Embedded::~Embedded() { stop(); }

base::Result<std::unique_ptr<Embedded>> Embedded::open(Environment environment) {
  std::unique_ptr<Embedded> self(new Embedded(environment));
  auto store = store::LocalStore::open(
      {.files = environment.files,
       .folder = environment.settings.data_dir,
       .options = store_options(environment.settings),
       .metrics = environment.metrics,
       .around_answers = environment.around_answers,
       .on_visible =
           [waiters = &self->waiters_](event::Sequence position) { waiters->reached(position); },
       .accepted_loss = environment.accepted_loss,
       .on_lost_folder = environment.on_lost_folder});
  if (!store) return store.error();
  self->store_ = std::move(*store);
  assert(self->store_ != nullptr);
  self->waiters_.begin_epoch(self->position_tag());
  // A folder that was restored from a copy goes on from an earlier position with other events,
  // which nobody can notice: so a history ends with the process.
  self->history_ = std::to_string(self->store_->folder().ledger_id()) + ' ' +
                   std::to_string(environment.clock.now());
  if (auto opened = self->open_quarantine(environment); !opened) return opened.error();
  register_quarantine_figures(environment.metrics, *self->quarantine_);
  environment.metrics.read_gauge(
      "tidemark_remembered_answers", "Answers remembered by Idempotency-Key.",
      [answers = &self->remembered_] { return static_cast<double>(answers->size()); });
  return self;
}

base::Status Embedded::open_quarantine(const Environment& environment) {
  const auto& settings = environment.settings;
  auto quarantine = quarantine::QuarantineFile::open(
      environment.files, std::filesystem::path(settings.data_dir) / "quarantine",
      quarantine_bounds(settings));
  if (!quarantine) return quarantine.error();
  quarantine_ = std::move(*quarantine);
  return base::ok;
}

std::vector<api::ReadinessCheck> Embedded::readiness() const {
  assert(store_ != nullptr);
  auto health = store_->health();
  // The rollup may have given up because memory was short: columnar still answers everything.
  return {{"journal", std::move(health.journal), std::move(health.journal_note)},
          {"archive", std::move(health.archive)},
          {"views", base::ok}};
}

void Embedded::stop() {
  waiters_.close();
  if (store_) store_->stop();
}

}  // namespace tidemark::app
