#pragma once

/// What must happen in a stream as one step, in the server's Lua.
///
/// The counter of bytes changes only here, together with what it counts: an append adds, the
/// acknowledgement that counts takes away, whoever makes entries open again adds them again.

#include "clients/redis/script.hpp"

namespace tidemark::journal::redis {

/// KEYS events bytes; ARGV bytes_max payload. The new entry's id, or nil: full.
const clients::redis::Script& append_script();

/// KEYS events bytes; ARGV group. Makes the stream and its group, from the first entry on; 1 where
/// it did, 0 where they were there.
const clients::redis::Script& open_group_script();

/// KEYS events; ARGV group consumer entries_max bytes_max. New entries: a list of (id, payload).
/// One entry may go over bytes_max.
const clients::redis::Script& read_script();

/// KEYS events; ARGV group consumer min_idle_ms cursor entries_max bytes_max. Entries that another
/// has held for longer: (next cursor, entries that are gone, list of (id, payload, tries)).
const clients::redis::Script& claim_script();

/// KEYS events bytes; ARGV group, then id and size of each. How many had not been acknowledged.
const clients::redis::Script& acknowledge_script();

/// KEYS events bytes dead; ARGV group id size dead_max, then payload, error and tries of each dead
/// letter. Acknowledges the entry and keeps the letters: 1; 0 where it had been acknowledged, and
/// -1 where there is no room, which both change nothing.
const clients::redis::Script& bury_script();

/// KEYS dead; ARGV from count payload_bytes_max, `from` as XRANGE has it. A list of (id, origin,
/// tries, error, size, the payload's begin).
const clients::redis::Script& list_dead_script();

/// KEYS events bytes dead; ARGV bytes_max id. The new entry's id; 0: no such letter; -1: full.
const clients::redis::Script& replay_script();

/// KEYS events bytes; ARGV group keep_ms kept_bytes_max. Forgets committed entries that are older,
/// and younger ones where their memory is over the bound; how many.
const clients::redis::Script& trim_script();

/// KEYS events bytes; ARGV group back_ms. Entries of that time are delivered again; how many had
/// been committed.
const clients::redis::Script& rewind_script();

/// KEYS events; ARGV group idle_ms. Removes consumers that hold nothing and were silent for longer;
/// how many.
const clients::redis::Script& forget_consumers_script();

/// KEYS events bytes dead; ARGV group. (consumers, pending, waiting, the oldest open entry's time
/// or 0, the server's time, open bytes, kept entries, dead letters).
const clients::redis::Script& figures_script();

}  // namespace tidemark::journal::redis
