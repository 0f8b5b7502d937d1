#include "support/embedded_service.hpp"

#include <future>
#include <utility>

#include "event/limits.hpp"
#include "wire/decode.hpp"
#include "wire/inflate.hpp"

namespace tidemark::testing_support {

using base::Error;
using base::ErrorCode;

config::Settings EmbeddedService::small_settings(const std::filesystem::path& data_dir) {
  config::Settings settings;
  settings.data_dir = data_dir;
  settings.journal_segment_bytes = config::kMiB;
  settings.disk_free_bytes_min = 0;
  settings.zone_build_seconds_max = 60;
  return settings;
}

base::Result<std::unique_ptr<EmbeddedService>> EmbeddedService::open(files::Files& files,
                                                                     config::Settings settings) {
  std::unique_ptr<EmbeddedService> self(new EmbeddedService(std::move(settings)));
  auto embedded = app::Embedded::open({.files = files,
                                       .settings = self->settings_,
                                       .clock = self->clock_,
                                       .metrics = self->metrics_,
                                       .around_answers = {}});
  if (!embedded) return embedded.error();
  self->embedded_ = std::move(*embedded);
  return self;
}

EmbeddedService::~EmbeddedService() = default;

base::Status EmbeddedService::post(std::string_view ndjson, event::ProjectId project,
                                   ingest::ReceiptHandler done) {
  auto decoded = wire::decode(wire::padded_body(ndjson), wire::Format::Ndjson,
                              {.project = project,
                               .now = clock_.now(),
                               .hasher = embedded_->store().hasher(),
                               .limits = {.future_max = event::kOccurredAtEnd}});
  if (!decoded) return decoded.error();
  if (!decoded->faults.empty()) {
    return Error{ErrorCode::InvalidInput, "event " + std::to_string(decoded->faults[0].index) +
                                              " is refused: " + decoded->faults[0].message};
  }
  auto submission = embedded_->acceptor().prepare(std::move(decoded->batch));
  if (!submission) return submission.error();
  submission->wants_outcomes = true;
  embedded_->acceptor().accept(std::move(*submission), std::move(done));
  return base::ok;
}

base::Result<ingest::Receipt> EmbeddedService::post(std::string_view ndjson,
                                                    event::ProjectId project) {
  const auto answered = std::make_shared<std::promise<base::Result<ingest::Receipt>>>();
  auto receipt = answered->get_future();
  auto posted = post(ndjson, project, [answered](base::Result<ingest::Receipt> result) {
    answered->set_value(std::move(result));
  });
  if (!posted) return posted.error();
  return receipt.get();
}

base::Result<std::vector<std::string>> EmbeddedService::ids() {
  const auto now = visible();
  const auto archived = now->manifest->end();
  std::vector<std::string> ids;
  const auto take = [&](const event::ProjectRows& piece) {
    for (const auto& row : piece.rows) ids.emplace_back(row.id);
    return base::Status(base::ok);
  };
  auto scanned =
      embedded_->store().segments().scan(*now->manifest, 0, archived, archive::Columns::Ids, take);
  if (!scanned) return scanned.error();
  now->tail.for_each_piece(archived, now->tail.end,
                           [&](const event::ProjectRows& piece) { std::ignore = take(piece); });
  return ids;
}

}  // namespace tidemark::testing_support
