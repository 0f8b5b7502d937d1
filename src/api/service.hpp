#pragma once

/// The parts that the endpoints use. `app` makes them; nothing here knows how.

#include <functional>
#include <string>

#include "access/directory.hpp"
#include "api/ingest_lanes.hpp"
#include "api/lanes.hpp"
#include "api/limits.hpp"
#include "api/operations.hpp"
#include "api/queue.hpp"
#include "api/waiting/position_waiters.hpp"
#include "base/clock.hpp"
#include "catalog/catalog.hpp"
#include "event/id_hash.hpp"
#include "event/zone.hpp"
#include "ingest/acceptor.hpp"
#include "ingest/id_lookup.hpp"
#include "ingest/idempotency_store.hpp"
#include "quarantine/quarantine.hpp"
#include "query/answer_cache.hpp"
#include "query/event_finder.hpp"
#include "query/event_reading.hpp"
#include "query/publication.hpp"
#include "telemetry/metrics.hpp"
#include "views/live/hub.hpp"

namespace tidemark::api {

/// Lifetime: everything must outlive the server that answers with it.
struct Service {
  const Limits limits;
  const base::Clock& clock;
  const event::IdHasher& hasher;
  catalog::Catalog& catalog;
  access::Directory& directory;
  event::ZonePtr default_zone;  ///< of projects that have none of their own
  ingest::Acceptor& acceptor;
  /// Looks up which ids are known now: with a queue the acceptor cannot tell, because the ledger
  /// decides later.
  ingest::IdLookup& ids;
  quarantine::Quarantine& quarantine;
  ingest::IdempotencyStore& remembered;
  query::Publication& publication;
  query::AnswerCache& answers;
  query::EventFinder& events;
  query::EventScan scan_events;
  views::live::Hub& live;
  PositionWaiters& waiters;
  Lanes& lanes;
  IngestLanes& ingest;
  telemetry::Metrics& metrics;
  Operations operations;
  /// Ok, or why questions cannot be answered yet; clients read the reason.
  std::function<base::Status()> can_answer;
  ReadQueue queue = {};  ///< empty if there is no queue
  /// Identifies the events that positions refer to, for the tags of answers. Changes when one
  /// position may mean other events than before: another folder, or one that was restored from a
  /// copy.
  std::string history;
  /// The tag of the positions that clients are told.
  query::PositionTag position_tag = 0;
};

}  // namespace tidemark::api
