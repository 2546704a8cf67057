-- Walks the prepared requests: each thread takes its own part of BENCH_FILE, whose records are BENCH_SIZE bytes each.
-- At the end of its part it begins again. With BENCH_RENEWED each delivery then has another id: GitHub signs only the body,
-- so its walk costs nobody a signature, and nothing that is sent is a duplicate.
-- Prints "BENCH requests/s p50_ms p99_ms failed silent". With BENCH_MIN_BYTES set, answers that are shorter are silent.
local size = tonumber(os.getenv("BENCH_SIZE"))
local least = tonumber(os.getenv("BENCH_MIN_BYTES") or "0")
local is_renewed = os.getenv("BENCH_RENEWED") == "1"
local threads, last = {}, 0

function setup(thread)
   thread:set("part", last)
   last = last + 1
   table.insert(threads, thread)
end

function init()
   file = assert(io.open(os.getenv("BENCH_FILE"), "rb"))
   local records = file:seek("end") / size
   first = math.floor(records / tonumber(os.getenv("BENCH_THREADS")) * part) * size
   left = math.floor(records / tonumber(os.getenv("BENCH_THREADS")))
   count = left
   file:seek("set", first)
   silent, round = 0, 0
   if is_renewed then -- "X-GitHub-Delivery: 01234567-89ab-11f0-...": the third part of it, in all records at one place
      local record = file:read(size)
      at = select(2, assert(record:find("X%-GitHub%-Delivery: %x+%-%x+%-")))
      file:seek("set", first)
   end
end

function request()
   if left == 0 then
      file:seek("set", first)
      left, round = count, round + 1
   end
   left = left - 1
   local record = file:read(size)
   if is_renewed and round > 0 then
      return record:sub(1, at) .. string.format("%04x", round) .. record:sub(at + 5)
   end
   return record
end

if least > 0 then -- it costs: where nobody asks for it, wrk does not look at answers
   function response(status, headers, body)
      if #body < least then
         silent = silent + 1
      end
   end
end

function done(summary, latency)
   local silent, errors = 0, summary.errors
   for _, thread in ipairs(threads) do
      silent = silent + (thread:get("silent") or 0)
   end
   io.write(string.format("BENCH %.0f %.2f %.2f %d %d\n", summary.requests / summary.duration * 1e6,
      latency:percentile(50) / 1000, latency:percentile(99) / 1000,
      errors.connect + errors.read + errors.write + errors.status + errors.timeout, silent))
end
