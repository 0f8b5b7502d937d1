#pragma once

/// What the endpoints talk to. `app` makes it; nothing here knows how.

#include <functional>
#include <string>

#include "api/ingest_lanes.hpp"
#include "api/lanes.hpp"
#include "api/limits.hpp"
#include "api/operations.hpp"
#include "api/queue.hpp"
#include "api/waiting/position_waiters.hpp"
#include "base/clock.hpp"
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

/// Lifetime: everything outlives the server that answers with it.
struct Service {
  const Limits limits;
  const base::Clock& clock;
  const event::IdHasher& hasher;
  /// The only one until keys come: whose events are taken and asked about.
  event::ProjectId project;
  event::ZonePtr default_zone;
  ingest::Acceptor& acceptor;
  /// Which ids are known now: where a queue decides later, the acceptor cannot tell.
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
  /// Ok, or why no question can be answered yet; clients read it.
  std::function<base::Status()> can_answer;
  ReadQueue queue = {};  ///< empty where there is none
  /// Of which events positions speak, for the tags of answers. Changes where one position may mean
  /// others than before: another folder, one that was restored from a copy.
  std::string history;
  /// Of the positions that clients are told.
  query::PositionTag position_tag = 0;
};

}  // namespace tidemark::api
