-- Walks the prepared requests: each thread takes its own part of BENCH_FILE, whose records are BENCH_SIZE bytes each.
-- Prints "BENCH requests/s p50_ms p99_ms failed silent". With BENCH_MIN_BYTES set, answers that are shorter are silent.
local size = tonumber(os.getenv("BENCH_SIZE"))
local least = tonumber(os.getenv("BENCH_MIN_BYTES") or "0")
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
   silent = 0
end

function request()
   local record = file:read(size)
   if not record or #record < size then -- walked to the end: from here on they are duplicates
      file:seek("set", first)
      record = file:read(size)
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
