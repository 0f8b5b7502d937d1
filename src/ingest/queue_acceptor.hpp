#pragma once

/// Takes batches by putting them into the queue that workers read.

#include "ingest/acceptor.hpp"
#include "journal/redis/appender.hpp"

namespace tidemark::ingest {

/// Promise:  after a receipt the batch is on the disk of the queue's server. The ledger decides
///           later which events are new: `duplicates` is not told, and `accepted` counts all
///           events.
/// Errors:   those of the appender.
/// Threads:  as Acceptor's.
class QueueAcceptor final : public Acceptor {
 public:
  explicit QueueAcceptor(journal::redis::Appender& appender) : appender_(&appender) {}

  base::Result<Submission> prepare(event::Batch batch) const override;
  void accept(Submission submission, ReceiptHandler done) override;

 private:
  journal::redis::Appender* appender_;
};

}  // namespace tidemark::ingest
