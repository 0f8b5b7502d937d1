#pragma once

/// The answers to POST /events: receipts, and the refusal of a request whose events are all bad.

#include <span>
#include <string>
#include <vector>

#include "http/response.hpp"
#include "http/schema.hpp"
#include "ingest/acceptor.hpp"
#include "quarantine/quarantine.hpp"
#include "query/position.hpp"
#include "wire/decode.hpp"

namespace tidemark::api {

/// The number of faults that an answer tells, the first ones (api.md section 1).
inline constexpr std::size_t kFaultsToldMax = 100;

/// What became of one event of a request. Queued: a queue has it, and the decision comes later.
enum class EventStatus : std::uint8_t { Accepted, Duplicate, Conflict, Rejected, Queued };

struct EventResult {
  std::uint32_t index = 0;
  std::string_view event_id;  ///< empty: it could not be read
  EventStatus status = EventStatus::Accepted;
};

/// One per event of the request, by rising index. `conflicts`: for each row whose outcome is known.
/// `decoded` must still have its rows.
std::vector<EventResult> results_of(const wire::Decoded& decoded, const ingest::Receipt& receipt,
                                    const std::vector<bool>& conflicts);

/// Everything that a receipt contains.
struct ReceiptText {
  const wire::Decoded& decoded;
  const ingest::Receipt& receipt;
  std::span<const EventResult> results;  ///< by rising index
  bool with_results = false;
  bool dry_run = false;      ///< nothing was taken: 200, and no position
  bool quarantined = false;  ///< the rejected events are kept
  query::PositionTag position_tag = 0;
};

/// 202 with the receipt, or 422 if there were events and all of them were bad.
http::Response receipt_response(const ReceiptText& text);

/// The rejected events of a request as the quarantine keeps them, for the project of its batch.
std::vector<quarantine::QuarantinedEvent> quarantined(const wire::Decoded& decoded,
                                                      base::Micros now);

http::Schema receipt_schema();
/// The schema of the problem document that is also a receipt.
http::Schema rejection_schema();

}  // namespace tidemark::api
