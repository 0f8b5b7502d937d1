#pragma once

/// The bytes of a queue entry, as docs/formats/streams.md defines them.

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "event/event.hpp"

namespace tidemark::ingest {

/// One batch as the content of a journal record (docs/formats/record.md), compressed if that makes
/// it smaller.
std::string queue_payload(const event::Batch& batch);

/// Gives back the content of a journal record, for `event::decode`. A plain record, as older
/// services put it into the queue, comes back as it is.
///
/// Errors:   Corrupt.
/// Cost:     memory of at most 255 times the payload, whatever the payload claims.
base::Result<std::string> unpacked(std::string_view payload);

}  // namespace tidemark::ingest
