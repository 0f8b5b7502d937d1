#pragma once

/// The answers as section 2 of the contract words them: slow, and written without looking at any
/// engine.

#include <set>
#include <span>
#include <string>

#include "contract/asked.hpp"
#include "contract/known_event.hpp"
#include "contract/local_days.hpp"
#include "query/answer.hpp"

namespace tidemark::contract {

/// Whether the event matches the one segment.
bool matches(const AskedSegment& segment, const KnownEvent& event);

/// What must be answered after exactly these events were taken. No id is among them twice.
query::Answer reference_answer(const Asked& asked, std::span<const KnownEvent> events,
                               LocalDays& days);

}  // namespace tidemark::contract
