#!lua flags=allow-oom
-- lease.lua - who owns the store: look, take, renew, release.
--
-- KEYS  1 meta
-- ARGV  1 action  2 nonce, 32 hex digits  3 instance  4 schema of the caller  5 the counter that stood still (take)
-- Gives {result, birth, nonce, instance, counter, seq, the store's unix ms, "1" when clean, what of these ms are jumps that
-- were counted, the marks `adopted` and `confirmed`, the last number that an operation got}, all of it text. result is
-- "done", "held", "too new" or "no birth". An error reply: nothing was written.
--
-- Order of checks:
--   1. meta is a hash or missing, counter and schema are numbers, the nonce of a take is 32 hex digits, the action is one
--      of the four                                                 else an error
--   2. there is a birth record                                     else no birth, whatever the action
--   3. the stored schema is not above the caller's                 else too new, whatever the action
--   4. look     done
--      take     nobody owns it, or the stored counter is ARGV[5]   else held
--      renew    the nonce is the owner's                           else held
--      release  the nonce is the owner's, or nobody owns it        else held
-- Writes: take sets nonce and instance, counter + 1, schema when the stored one is lower; renew sets counter + 1; release
-- empties the nonce and keeps the rest. `released` is "1" after a release, "0" after a take.
--
-- Clean: nobody owned it when the call came (the last owner released, or there was none yet), or nobody does now.

local META = KEYS[1]

local function number_of(text)
    return string.match(text, '^%d+$') and tonumber(text)
end

local meta_type = redis.call('TYPE', META).ok
if meta_type ~= 'hash' and meta_type ~= 'none' then
    return redis.error_reply('ERR lease: meta is a ' .. meta_type)
end

local birth, schema, nonce, instance, counter =
    unpack(redis.call('HMGET', META, 'birth', 'schema', 'nonce', 'instance', 'counter'))
nonce, instance, counter = nonce or '', instance or '', counter or '0'
local stored_schema, our_schema = number_of(schema or '0'), number_of(ARGV[4] or '')
if not stored_schema or not our_schema or not number_of(counter) then
    return redis.error_reply('ERR lease: counter or schema is no number')
end
if ARGV[1] == 'take' and (#ARGV[2] ~= 32 or not string.match(ARGV[2], '^%x+$')) then
    return redis.error_reply('ERR lease: a nonce that is not 32 hex digits')
end

local was_free = nonce == ''

local function raise_counter()
    redis.call('HINCRBY', META, 'counter', 1)
    counter = redis.call('HGET', META, 'counter')
end

local actions = {
    look = function()
        return 'done'
    end,
    take = function()
        if not was_free and counter ~= ARGV[5] then
            return 'held'
        end
        nonce, instance = ARGV[2], ARGV[3]
        redis.call('HSET', META, 'nonce', nonce, 'instance', instance, 'released', '0')
        if stored_schema < our_schema then
            redis.call('HSET', META, 'schema', ARGV[4])
        end
        raise_counter()
        return 'done'
    end,
    renew = function()
        if was_free or nonce ~= ARGV[2] then
            return 'held'
        end
        raise_counter()
        return 'done'
    end,
    release = function()
        if was_free then
            return 'done'
        end
        if nonce ~= ARGV[2] then
            return 'held'
        end
        nonce = ''
        redis.call('HSET', META, 'nonce', '', 'released', '1')
        return 'done'
    end,
}

local function decide()
    if not birth or birth == '' then
        return 'no birth'
    end
    if stored_schema > our_schema then
        return 'too new'
    end
    return actions[ARGV[1]]()
end

if not actions[ARGV[1]] then
    return redis.error_reply('ERR lease: no such action')
end
local result = decide()
local now = redis.call('TIME')
local unix_ms = tonumber(now[1]) * 1000 + math.floor(tonumber(now[2]) / 1000)
return { result, birth or '', nonce, instance, counter, redis.call('HGET', META, 'seq') or '0',
         string.format('%.0f', unix_ms), (was_free or nonce == '') and '1' or '0',
         redis.call('HGET', META, 'clock:shift') or '0', redis.call('HGET', META, 'adopted') or '',
         redis.call('HGET', META, 'confirmed') or '', redis.call('HGET', META, 'last:operation') or '0' }
