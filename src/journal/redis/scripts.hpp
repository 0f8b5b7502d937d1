#pragma once

/// What must happen in a stream as one step, in the server's Lua.
///
/// The counter of bytes changes only here, together with what it counts: an append adds, the
/// acknowledgement that counts takes away, whoever makes entries open again adds them again.

#include "clients/redis/script.hpp"

namespace tidemark::journal::redis {

/// KEYS events bytes; ARGV bytes_max, then payloads. The id of each new entry, or nil: full.
const clients::redis::Script& append_script();

/// KEYS bytes. The bytes of a shard that are not committed. Refused as OOM where the server's
/// memory has no room for a write.
const clients::redis::Script& room_script();

/// KEYS events bytes; ARGV group. Makes the stream and its group, from the first entry on; 1 where
/// it did, 0 where they were there.
const clients::redis::Script& open_group_script();

/// KEYS events; ARGV group consumer entries_max bytes_max. New entries: a list of (id, payload).
/// They are taken in growing steps, each of as many as fit if none is larger than all before it;
/// what is goes over bytes_max.
const clients::redis::Script& read_script();

/// KEYS events; ARGV group consumer min_idle_ms cursor entries_max bytes_max. Entries that another
/// has held for longer: (next cursor, entries that are gone, list of (id, payload, tries)). While
/// the server's clock is behind its newest entry (it was set back) nobody can tell how long: then
/// any.
const clients::redis::Script& claim_script();

/// KEYS events bytes ledger; ARGV group epoch, then id and size of each. How many had not been
/// acknowledged; -1: the ledger has another epoch by now, and nothing is changed.
const clients::redis::Script& acknowledge_script();

/// KEYS events bytes ledger dead; ARGV group epoch id size dead_max, then payload, error and tries
/// of each dead letter. Acknowledges the entry and keeps the letters: 1. What changes nothing: 0
/// where it had been acknowledged, -1 where the ledger has another epoch, -2 where there is no
/// room.
const clients::redis::Script& bury_script();

/// KEYS dead; ARGV from count payload_bytes_max, `from` as XRANGE has it. A list of (id, origin,
/// tries, error, size, the payload's begin).
const clients::redis::Script& list_dead_script();

/// KEYS events bytes dead; ARGV bytes_max id. The new entry's id; 0: no such letter; -1: full.
const clients::redis::Script& replay_script();

/// KEYS events bytes; ARGV group keep_ms kept_bytes_max. Forgets committed entries that are older,
/// and younger ones where their memory is over the bound; how many.
const clients::redis::Script& trim_script();

/// KEYS events bytes ledger; ARGV group epoch back_ms. From here on entries are committed into the
/// ledger of this epoch. Where it was another, entries are delivered again, from this long before
/// the last one on: how many had been acknowledged.
const clients::redis::Script& follow_ledger_script();

/// KEYS events; ARGV group idle_ms. Removes consumers that hold nothing and were silent for longer;
/// how many.
const clients::redis::Script& forget_consumers_script();

/// KEYS events; ARGV group, then ids. For each: 1 where a worker holds it or none has had it yet, 0
/// where it was acknowledged or buried.
const clients::redis::Script& are_open_script();

/// KEYS events bytes dead; ARGV group. (consumers, pending, waiting, the oldest open entry's time
/// or 0, the server's time, open bytes, kept entries, dead letters).
const clients::redis::Script& figures_script();

}  // namespace tidemark::journal::redis
