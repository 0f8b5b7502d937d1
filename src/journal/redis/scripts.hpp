#pragma once

/// The steps that must happen in a stream as one, in the server's Lua.
///
/// Only these scripts change the counter of bytes, together with what it counts: an append adds
/// bytes, the acknowledgement that counts subtracts them, and a script that makes entries open
/// again adds them again.

#include "clients/redis/script.hpp"

namespace tidemark::journal::redis {

/// KEYS events bytes; ARGV bytes_max, then payloads. Returns the id of each new entry, or nil if
/// full.
const clients::redis::Script& append_script();

/// KEYS bytes. Returns the uncommitted bytes of a shard. Refused as OOM if the server's memory has
/// no room for a write.
const clients::redis::Script& room_script();

/// KEYS events bytes; ARGV group. Makes the stream and its group, from the first entry on. Returns
/// 1 if it did, 0 if they existed.
const clients::redis::Script& open_group_script();

/// KEYS events; ARGV group consumer entries_max bytes_max. Returns new entries: a list of (id,
/// payload). They are taken in growing steps, each of as many as fit if none is larger than all
/// entries before it; a larger one exceeds bytes_max.
const clients::redis::Script& read_script();

/// KEYS events; ARGV group consumer min_idle_ms cursor entries_max bytes_max. Claims entries that
/// another consumer has held for longer. Returns (next cursor, number of entries that are gone,
/// list of (id, payload, tries)). While the server's clock is behind its newest entry (because it
/// was set back), the time of holding is unknown: then it claims any entry.
const clients::redis::Script& claim_script();

/// KEYS events bytes ledger; ARGV group epoch, then id and size of each. Returns how many had not
/// been acknowledged; -1: the ledger has another epoch by now, and nothing is changed.
const clients::redis::Script& acknowledge_script();

/// KEYS events bytes ledger dead; ARGV group epoch id size dead_max, then payload, error and tries
/// of each dead letter. Acknowledges the entry and keeps the letters: returns 1. Otherwise changes
/// nothing: returns 0 if the entry had been acknowledged, -1 if the ledger has another epoch, -2 if
/// there is no room.
const clients::redis::Script& bury_script();

/// KEYS dead; ARGV from count payload_bytes_max, `from` as in XRANGE. Returns a list of (id,
/// origin, tries, error, size, the payload's beginning).
const clients::redis::Script& list_dead_script();

/// KEYS events bytes dead; ARGV bytes_max id. Returns the new entry's id; 0: no such letter; -1:
/// full.
const clients::redis::Script& replay_script();

/// KEYS events bytes; ARGV group keep_ms kept_bytes_max. Removes committed entries that are older,
/// and younger ones if their memory is over the bound. Returns their number.
const clients::redis::Script& trim_script();

/// KEYS events bytes ledger; ARGV group epoch back_ms. From here on entries are committed into the
/// ledger of this epoch. If the epoch was another one, the entries of the last back_ms before the
/// last entry are delivered again. Returns how many of them had been acknowledged.
const clients::redis::Script& follow_ledger_script();

/// KEYS events; ARGV group idle_ms. Removes consumers that hold nothing and were silent for longer.
/// Returns their number.
const clients::redis::Script& forget_consumers_script();

/// KEYS events; ARGV group, then ids. For each id: 1 if a worker holds the entry or none has had it
/// yet, 0 if it was acknowledged or buried.
const clients::redis::Script& are_open_script();

/// KEYS events bytes dead; ARGV group. Returns (consumers, pending, waiting, the oldest open
/// entry's time or 0, the server's time, open bytes, kept entries, dead letters).
const clients::redis::Script& figures_script();

}  // namespace tidemark::journal::redis
