#include "ingest/enqueue.hpp"

#include <utility>

#include "base/check.hpp"
#include "ingest/queue_payload.hpp"

namespace tidemark::ingest {

base::Result<Submission> Enqueue::prepare(event::Batch batch) const {
  return Submission{.batch = std::move(batch), .known = {}, .sealed = nullptr};
}

void Enqueue::accept(Submission submission, ReceiptHandler done) {
  const auto rows = submission.batch.rows.size();
  TIDEMARK_CHECK(!submission.check_only);  // nobody here knows
  auto payload = queue_payload(submission.batch);
  submission = {};  // the bytes of the request are in the payload now
  appender_->append(std::move(payload), [rows, done = std::move(done)](
                                            base::Result<journal::redis::StreamPosition> place) {
    if (!place) return done(place.error());
    done(
        Receipt{.accepted = rows,
                .duplicates = std::nullopt,
                .position = query::StreamPosition{.shard = static_cast<std::uint16_t>(place->shard),
                                                  .milliseconds = place->ms,
                                                  .number = place->number}});
  });
}

}  // namespace tidemark::ingest
