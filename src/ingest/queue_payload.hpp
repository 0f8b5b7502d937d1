#pragma once

/// What an entry of the queue holds: docs/formats/streams.md.

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "event/event.hpp"

namespace tidemark::ingest {

/// One batch, as the content of a journal record (docs/formats/record.md), compressed where that
/// makes it smaller.
std::string queue_payload(const event::Batch& batch);

/// The content of a journal record again, for `event::decode`. Such a record itself, as it stands
/// in the queue of a service of before, comes back as it is.
///
/// Errors:   Corrupt.
/// Cost:     memory for at most 255 times what is given, whatever it says.
base::Result<std::string> unpacked(std::string_view payload);

}  // namespace tidemark::ingest
