#pragma once

/// 128 bits over any bytes: a checksum, and a name for a content. Does not protect against forgery.

#include <string_view>

#include "event/event.hpp"

namespace tidemark::event {

/// XXH3-128 without a key; the same in every version of the program.
IdHash content_hash(std::string_view bytes);

}  // namespace tidemark::event
