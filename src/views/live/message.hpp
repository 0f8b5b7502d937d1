#pragma once

/// The messages to a listener, as server-sent events.
///
/// The `id` of each message is the position up to which the listener has everything. A browser
/// sends it back as `Last-Event-ID`.

#include <cstdint>
#include <string>

#include "event/event.hpp"
#include "query/position.hpp"

namespace tidemark::views::live {

/// Appends one event as GET /events gives it.
void append_event(const event::StoredRow& row, query::PositionTag tag, std::string& out);

/// The first message: the position where the stream begins, and how soon to come back after a
/// broken connection.
std::string opening_message(event::Sequence position, query::PositionTag tag);

/// `missed` events were skipped; the stream goes on at `position`.
std::string missed_message(std::uint64_t missed, event::Sequence position, query::PositionTag tag);

/// The place where the listener left off is unknown here (it belongs to another history), and so is
/// the number of missed events. The stream goes on at `position`.
std::string unknown_missed_message(event::Sequence position, query::PositionTag tag);

/// A comment, so that no proxy takes the connection for dead. Without data it is not an event, but
/// a client remembers its `id`.
std::string heartbeat_message(event::Sequence position, query::PositionTag tag);

/// The last message when the service ends: when to come back. `number` must differ from listener to
/// listener, so that they do not all come back at once.
std::string farewell_message(std::uint64_t number);

}  // namespace tidemark::views::live
