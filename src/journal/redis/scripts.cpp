#include "journal/redis/scripts.hpp"

namespace tidemark::journal::redis {

using clients::redis::Script;

// An acknowledgement comes first where memory is taken too: a script that has begun to write may go
// on when the server's memory is full, and the queue could not be emptied otherwise.

const Script& append_script() {
  static const Script script(R"(
local open, added, ids = tonumber(redis.call('GET', KEYS[2]) or 0), 0, {}
for i = 2, #ARGV do
  if open + added >= tonumber(ARGV[1]) then
    ids[i - 1] = false
  else
    ids[i - 1] = redis.call('XADD', KEYS[1], '*', 'p', ARGV[i])
    added = added + #ARGV[i]
  end
end
if added > 0 then redis.call('INCRBY', KEYS[2], added) end
return ids
)");
  return script;
}

// It only reads; without the flag that says so it is taken for one that may write.
const Script& room_script() {
  static const Script script("#!lua\nreturn tonumber(redis.call('GET', KEYS[1]) or 0)");
  return script;
}

const Script& open_group_script() {
  static const Script script(R"(
local groups = redis.pcall('XINFO', 'GROUPS', KEYS[1])
if not groups.err then
  for _, group in ipairs(groups) do
    if group[2] == ARGV[1] then return 0 end
  end
end
redis.call('XGROUP', 'CREATE', KEYS[1], ARGV[1], '0', 'MKSTREAM')
-- For a new group nothing of what lies there is committed.
local bytes, from = 0, '-'
repeat
  local entries = redis.call('XRANGE', KEYS[1], from, '+', 'COUNT', 100)
  for _, entry in ipairs(entries) do
    bytes = bytes + #entry[2][2]
    from = '(' .. entry[1]
  end
until #entries == 0
redis.call('SET', KEYS[2], bytes)
return 1
)");
  return script;
}

const Script& read_script() {
  static const Script script(R"(
local entries_max, bytes_max = tonumber(ARGV[3]), tonumber(ARGV[4])
local taken, bytes, largest, step = {}, 0, 1, 1
while #taken < entries_max and bytes < bytes_max do
  local fits = math.max(1, math.floor((bytes_max - bytes) / largest))
  local count = math.min(step, fits, entries_max - #taken)
  local got = redis.call('XREADGROUP', 'GROUP', ARGV[1], ARGV[2], 'COUNT', count,
                         'STREAMS', KEYS[1], '>')
  if not got then break end
  for _, entry in ipairs(got[1][2]) do
    local size = #entry[2][2]
    taken[#taken + 1] = {entry[1], entry[2][2]}
    bytes = bytes + size
    largest = math.max(largest, size)
  end
  if #got[1][2] < count then break end
  step = step * 2
end
return taken
)");
  return script;
}

const Script& acknowledge_script() {
  static const Script script(R"(
if (redis.call('GET', KEYS[3]) or '') ~= ARGV[2] then return -1 end
local done, bytes = 0, 0
for i = 3, #ARGV, 2 do
  if redis.call('XACK', KEYS[1], ARGV[1], ARGV[i]) == 1 then
    done = done + 1
    bytes = bytes + tonumber(ARGV[i + 1])
  end
end
if bytes > 0 and redis.call('DECRBY', KEYS[2], bytes) < 0 then redis.call('SET', KEYS[2], 0) end
return done
)");
  return script;
}

const Script& bury_script() {
  static const Script script(R"(
if (redis.call('GET', KEYS[3]) or '') ~= ARGV[2] then return -1 end
if redis.call('XLEN', KEYS[4]) + (#ARGV - 5) / 3 > tonumber(ARGV[5]) then return -2 end
if redis.call('XACK', KEYS[1], ARGV[1], ARGV[3]) == 0 then return 0 end
if redis.call('DECRBY', KEYS[2], ARGV[4]) < 0 then redis.call('SET', KEYS[2], 0) end
for i = 6, #ARGV, 3 do
  redis.call('XADD', KEYS[4], '*', 'p', ARGV[i], 'e', ARGV[i + 1], 't', ARGV[i + 2], 'o', ARGV[3])
end
return 1
)");
  return script;
}

const Script& list_dead_script() {
  static const Script script(R"(
local letters = {}
for _, entry in ipairs(redis.call('XRANGE', KEYS[1], ARGV[1], '+', 'COUNT', ARGV[2])) do
  local field = {}
  for i = 1, #entry[2], 2 do field[entry[2][i]] = entry[2][i + 1] end
  letters[#letters + 1] = {entry[1], field.o, tonumber(field.t), field.e, #field.p,
                           string.sub(field.p, 1, tonumber(ARGV[3]))}
end
return letters
)");
  return script;
}

const Script& replay_script() {
  static const Script script(R"(
local found = redis.call('XRANGE', KEYS[3], ARGV[2], ARGV[2])
if #found == 0 then return 0 end
if tonumber(redis.call('GET', KEYS[2]) or 0) >= tonumber(ARGV[1]) then return -1 end
local payload = found[1][2][2]
local id = redis.call('XADD', KEYS[1], '*', 'p', payload)
redis.call('INCRBY', KEYS[2], #payload)
redis.call('XDEL', KEYS[3], ARGV[2])
return id
)");
  return script;
}

}  // namespace tidemark::journal::redis
