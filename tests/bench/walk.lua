-- Walks the prepared requests: each thread takes its own part of BENCH_FILE, whose records are BENCH_SIZE bytes each.
-- Prints "BENCH requests/s p50_ms p99_ms failed not_inline". With BENCH_INLINE set, answers that say nothing are counted.
local size = tonumber(os.getenv("BENCH_SIZE"))
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
   file:seek("set", first)
   not_inline = 0
end

function request()
   local record = file:read(size)
   if not record or #record < size then -- walked to the end: from here on they are duplicates
      file:seek("set", first)
      record = file:read(size)
   end
   return record
end

if os.getenv("BENCH_INLINE") then
   function response(status, headers, body)
      if #body < 20 then
         not_inline = not_inline + 1
      end
   end
end

function done(summary, latency)
   local empty, errors = 0, summary.errors
   for _, thread in ipairs(threads) do
      empty = empty + (thread:get("not_inline") or 0)
   end
   io.write(string.format("BENCH %.0f %.2f %.2f %d %d\n", summary.requests / summary.duration * 1e6,
      latency:percentile(50) / 1000, latency:percentile(99) / 1000,
      errors.connect + errors.read + errors.write + errors.status + errors.timeout, empty))
end
