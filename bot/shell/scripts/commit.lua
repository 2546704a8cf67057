#!lua flags=allow-oom
-- commit.lua - the owner's writes: all of them, or none.
--
-- KEYS  the places, in the order of PLACES below
-- ARGV  1 "commit"  2 nonce  3 seq that the store must be at  4 seq that it gets  5 commit id
--       6 "1" with journal heads, "0" without  7 8 the heads before and after
--       9 most writes  10 most bytes of a value  11 most bytes of a field
--       then for each write: verb, place, field, value
-- or    1 "mark"  2 nonce  3 input id  4 value  5 most bytes of a value  6 most bytes of a field
-- Gives {"ok"}, {"stale nonce"}, {"stale seq"} or {"invalid", reason}; all but the first: nothing was written.
--
-- Order of checks for "commit":
--   1. meta is a hash or missing                                       else invalid
--   2. the nonce is the owner's; without an owner none is              else stale nonce
--   3. the store's last commit has this id: ok, and nothing is written
--   4. the store is at ARGV[3] (a new store is at 0)                   else stale seq
--   5. the id is 32 hex digits                                         else invalid
--   6. as many arguments as writes, at most ARGV[9] of them            else invalid
--   7. with heads: "before" is the stored head ("" when there is none) and "after" is 1 to ARGV[11] bytes; without heads:
--      no write appends to the journal                                 else invalid
--   8. each write, in order, with the cursors as the writes before it left them:
--      verb and place exist, and the place is one for that verb; the field; the value; the type of the stored key
--        put     a hash; field of 1 to ARGV[11] bytes, of meta none that only scripts write; value of at most ARGV[10]
--        drop    the same, without a value; or an entry of the stream dead, by its id
--        append  journal or dead; field "" or how many entries to keep, 1 to 15 digits; value of at most ARGV[10] bytes
--        cursor  inbox or inbox:safe; field is an id, later than the cursor, not beyond the last id that stream gave
--        trim    a stream; field is an id, of inbox and inbox:safe one not beyond the cursor
-- Then the writes in order, then the cursors, journal head, commit id and seq. Of hashes only what stands in the end is
-- written: one HDEL and one HSET for each.
-- For "mark": 1 and 2, then field, value and the type of `trying` as for put; then the mark. seq stays.
--
-- Runs beyond maxmemory: only commits empty the inbox, and accept leaves them a share. Payloads are never decoded.

local PLACES = { 'meta', 'operations', 'ended', 'targets', 'timers', 'messages', 'effects', 'heard', 'trying',
                 'personal', 'journal', 'dead', 'inbox', 'inbox:safe' }
local FIRST_STREAM = 11
local RESERVED = { birth = true, schema = true, seq = true, commit = true, nonce = true, instance = true,
                   counter = true, released = true, journal = true, ['cursor:inbox'] = true,
                   ['cursor:inbox:safe'] = true }
local FIRST_WRITE = 12
local U64_MAX = '18446744073709551615'

local place_number = {}
for i, name in ipairs(PLACES) do
    place_number[name] = i
end
local META = KEYS[place_number['meta']]
local stored -- what of meta all checks need: read once it is known to be a hash

local function is_type(key, wanted)
    local found = redis.call('TYPE', key).ok
    return found == wanted or found == 'none'
end

-- Numbers of any length as text, without leading zeros: doubles would round ids.
local function is_u64(text)
    if not string.match(text, '^%d+$') or (#text > 1 and string.sub(text, 1, 1) == '0') then
        return false
    end
    return #text < #U64_MAX or (#text == #U64_MAX and text <= U64_MAX)
end

local function is_id(text)
    local ms, n = string.match(text, '^(%d+)-(%d+)$')
    return ms ~= nil and is_u64(ms) and is_u64(n)
end

local function is_less(a, b)
    return #a < #b or (#a == #b and a < b)
end

local function is_later(id, than)
    local ms, n = string.match(id, '^(%d+)-(%d+)$')
    local than_ms, than_n = string.match(than, '^(%d+)-(%d+)$')
    return is_less(than_ms, ms) or (than_ms == ms and is_less(than_n, n))
end

local stored_type = {} -- of places looked at already
local function type_fault(place, wanted)
    if stored_type[place] == nil then
        stored_type[place] = is_type(KEYS[place_number[place]], wanted)
    end
    return not stored_type[place] and place .. ' is stored as something else' or nil
end

local function field_fault(field, max_bytes)
    return (field == '' or #field > max_bytes) and 'a field of the wrong size' or nil
end

local function value_fault(value, max_bytes)
    return #value > max_bytes and 'a value that is too large' or nil
end

local limits = {}  -- value_max, field_max: set by each mode
local cursors = {} -- as the writes up to here leave them

local function hash_fault(place, field, value)
    if place_number[place] >= FIRST_STREAM then
        return place .. ' is no hash'
    end
    if place == 'meta' and RESERVED[field] then
        return 'meta ' .. field .. ' is for the scripts alone'
    end
    return field_fault(field, limits.field_max) or value_fault(value, limits.value_max) or type_fault(place, 'hash')
end

local function cursor_of(place)
    return cursors[place] or stored['cursor:' .. place] or '0-0'
end

local puts, drops = {}, {} -- of each hash: its fields with their values; those that go
local function gather(place, field, value)
    puts[place] = puts[place] or {}
    drops[place] = drops[place] or {}
    puts[place][field] = value
    drops[place][field] = value == nil or nil
end

local function last_id(place) -- that the stream ever gave, whatever was trimmed since
    local key = KEYS[place_number[place]]
    if redis.call('EXISTS', key) == 0 then
        return '0-0'
    end
    local info = redis.call('XINFO', 'STREAM', key)
    for i = 1, #info, 2 do
        if info[i] == 'last-generated-id' then
            return info[i + 1]
        end
    end
end

local verbs = {
    put = {
        check = hash_fault,
        write = function(_, place, field, value)
            gather(place, field, value)
        end,
    },
    drop = {
        check = function(place, field)
            if place ~= 'dead' then
                return hash_fault(place, field, '')
            end
            return not is_id(field) and 'a dead letter that is no id' or type_fault(place, 'stream')
        end,
        write = function(key, place, field)
            if place == 'dead' then
                redis.call('XDEL', key, field)
            else
                gather(place, field, nil)
            end
        end,
    },
    append = {
        check = function(place, field, value)
            if place ~= 'journal' and place ~= 'dead' then
                return 'nothing is appended to ' .. place
            end
            if place == 'journal' and ARGV[6] ~= '1' then
                return 'a journal entry without heads'
            end
            if field ~= '' and (not is_u64(field) or field == '0' or #field > 15) then
                return 'a length that is no number'
            end
            return value_fault(value, limits.value_max) or type_fault(place, 'stream')
        end,
        write = function(key, _, field, value)
            if field == '' then
                redis.call('XADD', key, '*', 'e', value)
            else
                redis.call('XADD', key, 'MAXLEN', '=', field, '*', 'e', value)
            end
        end,
    },
    cursor = {
        check = function(place, field)
            if place ~= 'inbox' and place ~= 'inbox:safe' then
                return place .. ' has no cursor'
            end
            if not is_id(field) then
                return 'a cursor that is no id'
            end
            local before = cursor_of(place)
            if not is_id(before) or not is_later(field, before) then
                return 'the cursor of ' .. place .. ' is at ' .. before .. ' already'
            end
            local fault = type_fault(place, 'stream')
            if fault then
                return fault
            end
            if is_later(field, last_id(place)) then
                return 'a cursor beyond the last entry of ' .. place
            end
            cursors[place] = field
        end,
        write = function() end, -- with the other meta fields, at the end
    },
    trim = {
        check = function(place, field)
            if place_number[place] < FIRST_STREAM then
                return place .. ' is no stream'
            end
            if not is_id(field) then
                return 'a trim to something that is no id'
            end
            if place == 'inbox' or place == 'inbox:safe' then
                local cursor = cursor_of(place)
                if not is_id(cursor) or is_later(field, cursor) then
                    return 'a trim beyond the cursor of ' .. place
                end
            end
            return type_fault(place, 'stream')
        end,
        write = function(key, _, field)
            redis.call('XTRIM', key, 'MINID', '=', field)
        end,
    },
}

local function write_fault(at)
    local verb, place = verbs[ARGV[at]], ARGV[at + 1]
    if not verb then
        return 'no such verb'
    end
    if not place_number[place] then
        return 'no such place'
    end
    return verb.check(place, ARGV[at + 2], ARGV[at + 3])
end

local function journal_fault()
    if ARGV[6] ~= '1' then
        return nil
    end
    if (stored.journal or '') ~= ARGV[7] then
        return 'the journal has another head'
    end
    return field_fault(ARGV[8], limits.field_max)
end

local function commit_fault()
    if #ARGV[5] ~= 32 or not string.match(ARGV[5], '^%x+$') then
        return 'a commit id that is not 32 hex digits'
    end
    local count = (#ARGV - FIRST_WRITE + 1) / 4
    if count ~= math.floor(count) or count > tonumber(ARGV[9]) then
        return 'the wrong number of writes'
    end
    local fault = journal_fault()
    for at = FIRST_WRITE, fault and 0 or #ARGV, 4 do
        fault = write_fault(at)
        if fault then
            return 'write ' .. (at - FIRST_WRITE) / 4 + 1 .. ': ' .. fault
        end
    end
    return fault
end

local function read_meta()
    local fields = { 'nonce', 'seq', 'commit', 'journal', 'cursor:inbox', 'cursor:inbox:safe' }
    local values = redis.call('HMGET', META, unpack(fields))
    stored = {}
    for i, field in ipairs(fields) do
        stored[field] = values[i]
    end
end

local function owns(nonce)
    return stored.nonce and stored.nonce ~= '' and stored.nonce == nonce
end

-- Puts and drops of one commit are some thousands at most: what unpack can take.
local function write_hashes()
    for place, fields in pairs(drops) do
        local gone = {}
        for field in pairs(fields) do
            gone[#gone + 1] = field
        end
        if #gone > 0 then
            redis.call('HDEL', KEYS[place_number[place]], unpack(gone))
        end
    end
    for place, fields in pairs(puts) do
        local pairs_of = {}
        for field, value in pairs(fields) do
            pairs_of[#pairs_of + 1] = field
            pairs_of[#pairs_of + 1] = value
        end
        if #pairs_of > 0 then
            redis.call('HSET', KEYS[place_number[place]], unpack(pairs_of))
        end
    end
end

local function commit()
    if stored.commit == ARGV[5] then
        return { 'ok' }
    end
    if (stored.seq or '0') ~= ARGV[3] then
        return { 'stale seq' }
    end
    limits = { value_max = tonumber(ARGV[10]), field_max = tonumber(ARGV[11]) }
    local fault = commit_fault()
    if fault then
        return { 'invalid', fault }
    end
    for at = FIRST_WRITE, #ARGV, 4 do
        local place = ARGV[at + 1]
        verbs[ARGV[at]].write(KEYS[place_number[place]], place, ARGV[at + 2], ARGV[at + 3])
    end
    for place, id in pairs(cursors) do
        gather('meta', 'cursor:' .. place, id)
    end
    if ARGV[6] == '1' then
        gather('meta', 'journal', ARGV[8])
    end
    gather('meta', 'commit', ARGV[5])
    gather('meta', 'seq', ARGV[4])
    write_hashes()
    return { 'ok' }
end

local function mark()
    limits = { value_max = tonumber(ARGV[5]), field_max = tonumber(ARGV[6]) }
    local fault = hash_fault('trying', ARGV[3], ARGV[4])
    if fault then
        return { 'invalid', fault }
    end
    redis.call('HSET', KEYS[place_number['trying']], ARGV[3], ARGV[4])
    return { 'ok' }
end

local modes = { commit = { FIRST_WRITE - 1, commit }, mark = { 6, mark } }
local mode = modes[ARGV[1]]
if not mode or #ARGV < mode[1] or #KEYS ~= #PLACES then
    return { 'invalid', 'no such way to call commit' }
end
if not is_type(META, 'hash') then
    return { 'invalid', 'meta is stored as something else' }
end
read_meta()
if not owns(ARGV[2]) then
    return { 'stale nonce' }
end
return mode[2]()
