#!lua flags=allow-oom
-- accept.lua - puts inputs into the inbox, each at most once, or says why not.
--
-- KEYS  1 inbox, 2 inbox:safe, 3 meta (only read), then the dedupe keys of all items, item after item
-- ARGV  1 2  high-water of inbox and of inbox:safe: entries that no commit has consumed yet
--       3 4  memory share in percent of maxmemory at which inbox and inbox:safe are full
--       5    life of a dedupe key in ms     6 most bytes of an item     7 most keys of an item
--       then for each item: its stream "inbox" or "inbox:safe", how many keys it has, its bytes
-- Gives one number for each item: 0 new, 1 duplicate, 2 full. An error reply: nothing was written.
--
-- Order of checks. First everything that could fail, for all items: meta is a hash or missing, the streams are streams or
-- missing, counts and sizes are right, there are ids left. So nothing fails once a key is kept, which would make a duplicate
-- of what was never taken. Then item after item, each seeing what the ones before it wrote:
--   1. its stream holds high-water or more unconsumed entries: full
--   2. memory in use and the bytes accepted before in this call have reached its stream's share: full
--   3. one of its keys stands: duplicate; none of its other keys is written
--   4. its keys with their life, XADD {e: bytes}: new. A single key is looked for and written at once
-- So a duplicate that meets a full inbox is told "full", and a full item leaves its keys alone.
--
-- An id is "<ms>-<n>": ms of the store's clock, never going back, and n counts the entries ever added to that stream.
-- The unconsumed entries are those between n of the cursor and n of the last id: one subtraction, trimmed or not.
--
-- The script checks memory itself and is allowed to run beyond maxmemory, so that the answer is "full" and not an error.

local FIRST_ITEM, FIRST_DEDUPE = 8, 4
local ID_MAX = 2 ^ 52 -- numbers are exact up to 2^53: an id that could not be told from the one after it XADD would refuse
local NEW, DUPLICATE, FULL = 0, 1, 2

local function type_of(key)
    return redis.call('TYPE', key).ok
end

local function split_id(id)
    local ms, n = string.match(id or '0-0', '^(%d+)-(%d+)$')
    return tonumber(ms or '0'), tonumber(n or '0')
end

-- What XINFO calls last-generated-id: it survives trimming.
local function last_id(key)
    local info = redis.call('XINFO', 'STREAM', key)
    for i = 1, #info, 2 do
        if info[i] == 'last-generated-id' then
            return info[i + 1]
        end
    end
end

-- nil, or what is wrong. Writes nothing.
local function find_fault()
    local arg, key = FIRST_ITEM, FIRST_DEDUPE
    local meta_type = type_of(KEYS[3])
    if meta_type ~= 'hash' and meta_type ~= 'none' then
        return 'meta is a ' .. meta_type
    end
    for i = 1, 2 do
        local stream_type = type_of(KEYS[i])
        if stream_type ~= 'stream' and stream_type ~= 'none' then
            return 'the inbox is a ' .. stream_type
        end
    end
    for i = 1, FIRST_ITEM - 1 do
        if not string.match(ARGV[i] or '', '^%d+$') then
            return 'limit ' .. i .. ' is no number'
        end
    end
    while arg <= #ARGV do
        local stream, count, bytes = ARGV[arg], tonumber(ARGV[arg + 1]), ARGV[arg + 2]
        if stream ~= 'inbox' and stream ~= 'inbox:safe' then
            return 'no such inbox'
        end
        if not bytes or #bytes > tonumber(ARGV[6]) then
            return 'an item of the wrong size'
        end
        if not count or count < 1 or count > tonumber(ARGV[7]) or key + count - 1 > #KEYS then
            return 'an item with the wrong number of keys'
        end
        arg, key = arg + 3, key + count
    end
    if key ~= #KEYS + 1 then
        return 'more keys than items'
    end
end

local fault = find_fault()
if fault then
    return redis.error_reply('ERR accept: ' .. fault)
end

local now = redis.call('TIME')
local now_ms = tonumber(now[1]) * 1000 + math.floor(tonumber(now[2]) / 1000)

-- Bytes in use and their limit as Redis itself compares them; a limit of 0 is none.
local function memory()
    local info = redis.call('INFO', 'memory')
    local used = tonumber(string.match(info, '\nused_memory:(%d+)') or '0')
    local not_counted = tonumber(string.match(info, '\nmem_not_counted_for_evict:(%d+)') or '0')
    return used - not_counted, tonumber(string.match(info, '\nmaxmemory:(%d+)') or '0')
end
local used_bytes, max_bytes = memory()

local function open_stream(key, name, high_water, percent)
    local stream = { key = key, high_water = high_water, limit_bytes = max_bytes * percent / 100 }
    local last = type_of(key) == 'stream' and last_id(key) or '0-0'
    local cursor = redis.call('HGET', KEYS[3], 'cursor:' .. name) or '0-0'
    local cursor_ms, cursor_n = split_id(cursor)
    stream.last_ms, stream.last_n = split_id(last)
    if cursor_ms > stream.last_ms or (cursor_ms == stream.last_ms and cursor_n >= stream.last_n) then
        stream.waiting = 0
    else
        stream.waiting = math.max(stream.last_n - cursor_n, 1)
    end
    return stream
end

local streams = {}
local function stream_of(name)
    if not streams[name] then
        local i = name == 'inbox' and 1 or 2
        streams[name] = open_stream(KEYS[i], name, tonumber(ARGV[i]), tonumber(ARGV[i + 2]))
    end
    return streams[name]
end

for arg = FIRST_ITEM, #ARGV, 3 do
    local stream = stream_of(ARGV[arg])
    if stream.last_ms >= ID_MAX or stream.last_n >= ID_MAX then
        return redis.error_reply('ERR accept: the ids of ' .. ARGV[arg] .. ' are used up')
    end
end

local function stands_one_of(first, count)
    for i = first, first + count - 1 do
        if redis.call('EXISTS', KEYS[i]) == 1 then
            return true
        end
    end
    return false
end

local function add(stream, bytes)
    stream.last_ms = math.max(stream.last_ms, now_ms)
    stream.last_n = stream.last_n + 1
    stream.waiting = stream.waiting + 1
    redis.call('XADD', stream.key, string.format('%d-%d', stream.last_ms, stream.last_n), 'e', bytes)
    used_bytes = used_bytes + #bytes
end

-- False: one of them stands.
local function keep_keys(first, count)
    if count == 1 then
        return redis.call('SET', KEYS[first], '1', 'NX', 'PX', ARGV[5])
    end
    if stands_one_of(first, count) then
        return false
    end
    for i = first, first + count - 1 do
        redis.call('SET', KEYS[i], '1', 'PX', ARGV[5])
    end
    return true
end

local function accept(stream, first_key, key_count, bytes)
    if stream.waiting >= stream.high_water then
        return FULL
    end
    if max_bytes > 0 and used_bytes >= stream.limit_bytes then
        return FULL
    end
    if not keep_keys(first_key, key_count) then
        return DUPLICATE
    end
    add(stream, bytes)
    return NEW
end

local results, key = {}, FIRST_DEDUPE
for arg = FIRST_ITEM, #ARGV, 3 do
    local key_count = tonumber(ARGV[arg + 1])
    results[#results + 1] = accept(stream_of(ARGV[arg]), key, key_count, ARGV[arg + 2])
    key = key + key_count
end
return results
