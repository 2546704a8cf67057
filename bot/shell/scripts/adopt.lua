#!lua flags=allow-oom
-- adopt.lua - a person's word about a store that is not the one data_dir knows: adopt it, confirm it.
--
-- KEYS  1 meta
-- ARGV  1 word, "adopt" or "confirm"  2 who says it
--       adopt: 3 birth  4 seq  5 number of the adoption, all three as data_dir knows them  6 birth for an empty store
--              7 the highest number of an operation that it knows; missing: none
-- Gives {result, birth, seq, number of the adoption}, all of it text. An error reply: nothing was written.
--
-- Order of checks:
--   1. meta is a hash or missing, the numbers are numbers, the births 32 hex digits   else an error
--   adopt    2. the store is not what data_dir knows: of another birth, behind it, or of before an adoption that it has
--               followed                                                             else known: it joins, nothing is lost
--            3. it is not adopted yet in place of that                                else before; or joined, when that
--               is confirmed: it is at work for others, and whoever comes late puts nobody into observing
--            4. done: the mark `adopted`, and a birth if there is none
--   confirm  2. there is an adoption that is not confirmed                            else nothing
--            3. an owner has it in its journal                                        else unseen
--            4. done: the mark `confirmed`
-- A mark is JSON, read by bot/engine/observing.c. The number of an adoption is the time of it, and higher than every one
-- before, so that two adoptions of one copy, by data_dirs that do not know of each other, are not taken for the same. The
-- mark also names whom the ones before it took the place of, the last of them.

local META = KEYS[1]
local meta_type = redis.call('TYPE', META).ok
if meta_type ~= 'hash' and meta_type ~= 'none' then
    return redis.error_reply('ERR adopt: meta is a ' .. meta_type)
end

local function number_of(text)
    return string.match(text or '', '^%d+$') and tonumber(text)
end

local OTHERS_MAX = 6 -- a mark has 512 bytes at most

-- The births in whose place it came, the last one first.
local function overridden(mark)
    local births = {}
    for birth in string.gmatch(string.match(mark or '', '"over":.*$') or '', '"(%x+)"') do
        if #birth == 32 then
            births[#births + 1] = birth
        end
    end
    return births
end

local function stands_among(births, wanted)
    for i = 1, #births do
        if births[i] == wanted then
            return true
        end
    end
    return false
end

local function count_of(mark)
    return tonumber(string.match(mark or '', '^{"n":(%d+)')) or 0
end

local birth, seq, adopted, confirmed, journalled =
    unpack(redis.call('HMGET', META, 'birth', 'seq', 'adopted', 'confirmed', 'adopted:journalled'))
local count, store_seq = count_of(adopted), number_of(seq or '0')
local by = string.gsub(string.sub(ARGV[2], 1, 64), '[^%w%._@-]', '?')
local now = redis.call('TIME')
local at = string.format('%.0f', tonumber(now[1]) * 1000 + math.floor(tonumber(now[2]) / 1000))
if not store_seq then
    return redis.error_reply('ERR adopt: seq is no number')
end

local function others_of(births, but)
    local others = ''
    for i = 1, math.min(#births, OTHERS_MAX) do
        if births[i] ~= but then
            others = others .. (others == '' and '"' or ',"') .. births[i] .. '"'
        end
    end
    return others
end

local function adopt()
    local known_birth, known_seq, known_count, new_birth = ARGV[3], number_of(ARGV[4]), number_of(ARGV[5]), ARGV[6]
    local known_operations = number_of(ARGV[7] or '0')
    if not (known_seq and known_count and known_operations and string.match(known_birth, '^%x+$') and string.match(new_birth, '^%x+$')) or
       #known_birth ~= 32 or #new_birth ~= 32 then
        return nil
    end
    if birth == known_birth and store_seq >= known_seq and count >= known_count then
        return 'known'
    end
    if count > known_count and stands_among(overridden(adopted), known_birth) then
        return count > count_of(confirmed) and 'before' or 'joined'
    end
    count = math.max(count + 1, known_count + 1, tonumber(at))
    birth = birth or new_birth
    redis.call('HSET', META, 'birth', birth, 'adopted',
               string.format('{"n":%.0f,"at":%s,"by":"%s","over_seq":%.0f,"seq":%.0f,"operations":%.0f,"over":"%s","others":[%s]}',
                             count, at, by, known_seq, store_seq, known_operations, known_birth,
                             others_of(overridden(adopted), known_birth)))
    return 'done'
end

local function confirm()
    if count <= count_of(confirmed) then
        return 'nothing'
    end
    if count > (number_of(journalled) or 0) then
        return 'unseen'
    end
    redis.call('HSET', META, 'confirmed', string.format('{"n":%.0f,"at":%s,"by":"%s"}', count, at, by))
    return 'done'
end

local words = { adopt = adopt, confirm = confirm }
local result = words[ARGV[1]] and words[ARGV[1]]()
if not result then
    return redis.error_reply('ERR adopt: not a word that it knows')
end
return { result, birth or '', string.format('%.0f', store_seq), string.format('%.0f', count) }
