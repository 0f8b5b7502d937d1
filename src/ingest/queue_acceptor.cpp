#include "ingest/queue_acceptor.hpp"

#include <cassert>
#include <utility>

#include "base/check.hpp"
#include "ingest/queue_payload.hpp"

namespace tidemark::ingest {

base::Result<Submission> QueueAcceptor::prepare(event::Batch batch) const {
  return Submission{.batch = std::move(batch), .known = {}, .sealed = nullptr};
}

void QueueAcceptor::accept(Submission submission, ReceiptHandler done) {
  assert(done && !submission.batch.rows.empty());
  const auto rows = submission.batch.rows.size();
  auto payload = queue_payload(submission.batch);
  submission = {};  // the bytes of the request are in the payload now
  appender_->append(
      std::move(payload), [rows, done = std::move(done)](base::Result<event::EntryId> place) {
        if (!place) return done(place.error());
        done(Receipt{.accepted = rows, .duplicates = std::nullopt, .position = *place});
      });
}

}  // namespace tidemark::ingest
