#!lua flags=allow-oom
-- adopt.lua - a person's word about a store that is not the one data_dir knows: adopt it, confirm it.
--
-- KEYS  1 meta
-- ARGV  1 word, "adopt" or "confirm"  2 who says it
--       adopt: 3 birth  4 seq  5 number of adoptions, all three as data_dir knows them  6 birth for an empty store
-- Gives {result, birth, seq, number of the adoption}, all of it text. An error reply: nothing was written.
--
-- Order of checks:
--   1. meta is a hash or missing, the numbers are numbers, the births 32 hex digits   else an error
--   adopt    2. the store is not what data_dir knows                                  else known
--            3. it is not adopted yet in place of that                                else before
--            4. done: the mark `adopted`, and a birth if there is none
--   confirm  2. there is an adoption that is not confirmed                            else nothing
--            3. an owner has it in its journal                                        else unseen
--            4. done: the mark `confirmed`
-- A mark is JSON, read by bot/engine/observing.c.

local META = KEYS[1]
local meta_type = redis.call('TYPE', META).ok
if meta_type ~= 'hash' and meta_type ~= 'none' then
    return redis.error_reply('ERR adopt: meta is a ' .. meta_type)
end

local function number_of(text)
    return string.match(text or '', '^%d+$') and tonumber(text)
end

local function count_of(mark)
    return tonumber(string.match(mark or '', '^{"n":(%d+)')) or 0
end

local birth, seq, adopted, confirmed, journalled =
    unpack(redis.call('HMGET', META, 'birth', 'seq', 'adopted', 'confirmed', 'adopted:journalled'))
local count, store_seq = count_of(adopted), number_of(seq or '0')
local by = string.gsub(ARGV[2], '[^%w%._@-]', '?')
local now = redis.call('TIME')
local at = string.format('%.0f', tonumber(now[1]) * 1000 + math.floor(tonumber(now[2]) / 1000))
if not store_seq then
    return redis.error_reply('ERR adopt: seq is no number')
end

local function adopt()
    local known_birth, known_seq, known_count, new_birth = ARGV[3], number_of(ARGV[4]), number_of(ARGV[5]), ARGV[6]
    if not (known_seq and known_count and string.match(known_birth, '^%x+$') and string.match(new_birth, '^%x+$')) or
       #known_birth ~= 32 or #new_birth ~= 32 then
        return nil
    end
    if birth == known_birth and store_seq >= known_seq and count >= known_count then
        return 'known'
    end
    if count > known_count and string.match(adopted, '"over":"(%x+)"') == known_birth then
        return 'before'
    end
    count = math.max(count, known_count) + 1
    birth = birth or new_birth
    redis.call('HSET', META, 'birth', birth, 'adopted',
               string.format('{"n":%d,"at":%s,"by":"%s","over":"%s","over_seq":%d,"seq":%d}', count, at, by,
                             known_birth, known_seq, store_seq))
    return 'done'
end

local function confirm()
    if count <= count_of(confirmed) then
        return 'nothing'
    end
    if count > (number_of(journalled) or 0) then
        return 'unseen'
    end
    redis.call('HSET', META, 'confirmed', string.format('{"n":%d,"at":%s,"by":"%s"}', count, at, by))
    return 'done'
end

local words = { adopt = adopt, confirm = confirm }
local result = words[ARGV[1]] and words[ARGV[1]]()
if not result then
    return redis.error_reply('ERR adopt: not a word that it knows')
end
return { result, birth or '', string.format('%.0f', store_seq), string.format('%d', count) }
