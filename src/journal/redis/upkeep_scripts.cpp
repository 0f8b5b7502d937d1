#include <string>

#include "journal/redis/scripts.hpp"

namespace tidemark::journal::redis {
namespace {

using clients::redis::Script;

/// What several scripts need: the server's time, the order of ids, and the state of a group.
constexpr const char* kTools = R"(
local function now_ms()
  local now = redis.call('TIME')
  return now[1] * 1000 + math.floor(now[2] / 1000)
end
local function parts(id)
  local ms, number = string.match(id, '^(%d+)-(%d+)$')
  return tonumber(ms), tonumber(number)
end
local function is_before(left, right)
  local left_ms, left_number = parts(left)
  local right_ms, right_number = parts(right)
  return left_ms < right_ms or (left_ms == right_ms and left_number < right_number)
end
local function pairs_of(list)
  local named = {}
  for i = 1, #list, 2 do named[list[i]] = list[i + 1] end
  return named
end
local function group_of(key, name)
  if redis.call('EXISTS', key) == 0 then return redis.error_reply('NOGROUP no such stream') end
  for _, each in ipairs(redis.call('XINFO', 'GROUPS', key)) do
    local group = pairs_of(each)
    if group.name == name then return group end
  end
  return redis.error_reply('NOGROUP no such group')
end
)";

Script with_tools(const char* text) { return Script(std::string(kTools) + text); }

}  // namespace

const Script& claim_script() {
  // The steps are bounded: each looks at ten entries that a consumer holds, and the next call goes
  // on where this one stopped.
  static const Script script = with_tools(R"(
local idle_min = ARGV[3]
local stream = redis.pcall('XINFO', 'STREAM', KEYS[1])
if stream.err then return stream end
if (parts(pairs_of(stream)['last-generated-id'])) > now_ms() then idle_min = 0 end
local taken, bytes, gone, cursor = {}, 0, 0, ARGV[4]
for _ = 1, 1000 do
  if #taken >= tonumber(ARGV[5]) or bytes >= tonumber(ARGV[6]) then break end
  local got = redis.call('XAUTOCLAIM', KEYS[1], ARGV[1], ARGV[2], idle_min, cursor, 'COUNT', 1)
  cursor = got[1]
  gone = gone + #got[3]
  for _, entry in ipairs(got[2]) do
    local held = redis.call('XPENDING', KEYS[1], ARGV[1], entry[1], entry[1], 1)
    taken[#taken + 1] = {entry[1], entry[2][2], held[1][4]}
    bytes = bytes + #entry[2][2]
  end
  if cursor == '0-0' then break end
end
return {cursor, gone, taken}
)");
  return script;
}

const Script& trim_script() {
  // The committed entries: all before the first entry that a worker holds and before the first that
  // was not delivered yet.
  static const Script script = with_tools(R"(
local group = group_of(KEYS[1], ARGV[1])
if group.err then return group end
local ms, number = parts(group['last-delivered-id'])
local committed = string.format('%.0f-%.0f', ms, number + 1)
if group.pending > 0 then
  local first = redis.call('XPENDING', KEYS[1], ARGV[1])[2]
  if is_before(first, committed) then committed = first end
end
local function open_bytes() return tonumber(redis.call('GET', KEYS[2]) or 0) end
local function trim(keep)
  local limit = string.format('%.0f-0', math.max(0, now_ms() - keep))
  if is_before(committed, limit) then limit = committed end
  return redis.call('XTRIM', KEYS[1], 'MINID', '~', limit, 'LIMIT', 0)
end
-- A server that was killed within a transaction may have kept a part of it, and count wrongly since.
-- Where nothing is open, what is counted is known.
if group.pending == 0 and open_bytes() ~= 0 and
   #redis.call('XRANGE', KEYS[1], '(' .. group['last-delivered-id'], '+', 'COUNT', 1) == 0 then
  redis.call('SET', KEYS[2], 0)
end
local keep = tonumber(ARGV[2])
local trimmed = trim(keep)
while keep > 0 and
      (redis.call('MEMORY', 'USAGE', KEYS[1]) or 0) - open_bytes() > tonumber(ARGV[3]) do
  keep = math.floor(keep / 2)
  if keep < 1000 then keep = 0 end
  trimmed = trimmed + trim(keep)
end
return trimmed
)");
  return script;
}

const Script& follow_ledger_script() {
  static const Script script = with_tools(R"(
local group = group_of(KEYS[1], ARGV[1])
if group.err then return group end
local before = redis.call('GET', KEYS[3])
if before == ARGV[2] then return 0 end
redis.call('SET', KEYS[3], ARGV[2])
if not before then return 0 end
local last = group['last-delivered-id']
-- By the entries' times, whatever the clock says by now.
local target = string.format('%.0f-0', math.max(0, parts(last) - tonumber(ARGV[3])))
if not is_before(target, last) then return 0 end
local again, committed, bytes, from = 0, 0, 0, '(' .. target
repeat
  local entries = redis.call('XRANGE', KEYS[1], from, last, 'COUNT', 100)
  for _, entry in ipairs(entries) do
    again = again + 1
    -- What a worker still holds is counted already.
    if #redis.call('XPENDING', KEYS[1], ARGV[1], entry[1], entry[1], 1) == 0 then
      committed = committed + 1
      bytes = bytes + #entry[2][2]
    end
    from = '(' .. entry[1]
  end
until #entries == 0 or from == '(' .. last
local read = group['entries-read']
if read and read >= again then
  redis.call('XGROUP', 'SETID', KEYS[1], ARGV[1], target, 'ENTRIESREAD', read - again)
else
  redis.call('XGROUP', 'SETID', KEYS[1], ARGV[1], target)
end
redis.call('INCRBY', KEYS[2], bytes)
return committed
)");
  return script;
}

const Script& forget_consumers_script() {
  static const Script script = with_tools(R"(
local forgotten = 0
for _, each in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
  local consumer = pairs_of(each)
  if consumer.pending == 0 and consumer.idle >= tonumber(ARGV[2]) then
    redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], consumer.name)
    forgotten = forgotten + 1
  end
end
return forgotten
)");
  return script;
}

const Script& are_open_script() {
  static const Script script = with_tools(R"(
local group = group_of(KEYS[1], ARGV[1])
if group.err then return group end
local last, open = group['last-delivered-id'], {}
for i = 2, #ARGV do
  local is_held = #redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[i], ARGV[i], 1) > 0
  open[#open + 1] = (is_held or is_before(last, ARGV[i])) and 1 or 0
end
return open
)");
  return script;
}

const Script& figures_script() {
  static const Script script = with_tools(R"(
local group = group_of(KEYS[1], ARGV[1])
if group.err then return group end
local oldest
local next = redis.call('XRANGE', KEYS[1], '(' .. group['last-delivered-id'], '+', 'COUNT', 1)
if #next > 0 then oldest = next[1][1] end
if group.pending > 0 then
  local first = redis.call('XPENDING', KEYS[1], ARGV[1])[2]
  if not oldest or is_before(first, oldest) then oldest = first end
end
local kept = redis.call('XLEN', KEYS[1])
-- Redis tells no lag after entries were deleted by hand: then at most all of them wait.
local waiting = group.lag or (#next > 0 and kept or 0)
return {group.consumers, group.pending, waiting, oldest and (parts(oldest)) or 0, now_ms(),
        tonumber(redis.call('GET', KEYS[2]) or 0), kept, redis.call('XLEN', KEYS[3])}
)");
  return script;
}

}  // namespace tidemark::journal::redis
