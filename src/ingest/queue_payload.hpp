#pragma once

/// What an entry of the queue holds.

#include <string>

#include "event/event.hpp"

namespace tidemark::ingest {

/// One batch, as the content of a journal record: docs/formats/record.md. `event::decode` reads it.
std::string queue_payload(const event::Batch& batch);

}  // namespace tidemark::ingest
