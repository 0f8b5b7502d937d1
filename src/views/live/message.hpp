#pragma once

/// What is sent to a listener, in the words of server-sent events.
///
/// Each message carries the position up to which the listener has everything, as its `id`: what a
/// browser gives back as `Last-Event-ID`.

#include <cstdint>
#include <string>

#include "event/event.hpp"
#include "query/position.hpp"

namespace tidemark::views::live {

/// Appends one event as GET /events gives it.
void append_event(const event::StoredRow& row, query::PositionTag tag, std::string& out);

/// What comes first: from where on, and how soon to come back after a connection that broke.
std::string opening_message(event::Sequence position, query::PositionTag tag);

/// `missed` events were passed over; it goes on at `position`.
std::string missed_message(std::uint64_t missed, event::Sequence position, query::PositionTag tag);

/// Where the listener left off is not known here (its history is another one): nor is how many
/// events it missed. It goes on at `position`.
std::string unknown_missed_message(event::Sequence position, query::PositionTag tag);

/// Where the listener left off is not known here (its history is another one): nor is how many
/// events it missed. It goes on at `position`.
std::string unknown_missed_message(event::Sequence position);

/// A comment, so that nobody between takes the connection for dead. Without data it is not an
/// event, but a client remembers its `id`.
std::string heartbeat_message(event::Sequence position, query::PositionTag tag);

/// What comes last where the service ends: when to come back. `number` is another one for each
/// listener, so that they do not all come at once.
std::string farewell_message(std::uint64_t number);

/// What comes last where the service ends: when to come back. `number` is another one for each
/// listener, so that they do not all come at once.
std::string farewell_message(std::uint64_t number);

}  // namespace tidemark::views::live
