-- Writes the output of a running step: log lines and progress.
-- Changes neither state nor event log, so it is not a transition.
-- Of a full log the unit with the most entries loses its oldest: a quiet step keeps its lines beside a noisy one.
-- KEYS[1] NS
-- ARGV[1] window   ARGV[2] publish lease, ms
-- ARGV[3] execution   ARGV[4] unit   ARGV[5] most entries kept
-- ARGV[6] number of lines: those given here and those dropped before
-- ARGV[7] latest progress, an entry, or ''   ARGV[8...] lines, entries
-- Returns 1, or 0 if the execution was deleted: late output must not create its keys again.
if redis.call('EXISTS', keys.execution(ARGV[3])) == 0 then return 0 end
local most, chunk = tonumber(ARGV[5]), 1000
local output, data = keys.output(ARGV[3]), keys.data(ARGV[3])
local places, kept = keys.places(ARGV[3]), keys.kept(ARGV[3])

-- Members of `places` are `unit|ms-seq`, with the sequence filled up so that they sort by time.
local added = {}
local function append(entry)
  local ms, seq = string.match(redis.call('XADD', output, '*', FIELD.entry, entry), '(%d+)-(%d+)')
  added[#added + 1] = '0'
  added[#added + 1] = ARGV[4] .. '|' .. ms .. '-' .. string.rep('0', 10 - #seq) .. seq
end
local function count(unit) return redis.call('ZLEXCOUNT', places, '[' .. unit .. '|', '(' .. unit .. '}') end

-- Removes up to so many of the oldest entries of a unit. Returns how many the stream had.
local function drop(unit, number)
  local members = redis.call('ZRANGEBYLEX', places, '[' .. unit .. '|', '(' .. unit .. '}', 'LIMIT', 0, number)
  if #members == 0 then
    redis.call('ZREM', kept, unit)
    return 0
  end
  local ids = {}
  for i, member in ipairs(members) do ids[i] = string.gsub(string.match(member, '|(.*)'), '-0*(%d)', '-%1') end
  redis.call('ZREM', places, unpack(members))
  redis.call('ZINCRBY', kept, -#members, unit)
  return redis.call('XDEL', output, unpack(ids))
end

-- The number of entries of each unit, kept from the first time that the log is full.
local function count_entries()
  if redis.call('EXISTS', kept) == 1 then
    redis.call('ZADD', kept, count(ARGV[4]), ARGV[4])
    return
  end
  for _, member in ipairs(redis.call('ZRANGE', places, 0, -1)) do
    redis.call('ZINCRBY', kept, 1, string.match(member, '^[^|]+'))
  end
end

local function make_room(length)
  count_entries()
  -- Entries without a place were written by an earlier release: they are the oldest.
  local without = math.min(length - most, length - redis.call('ZCARD', places))
  if without > 0 then length = length - redis.call('XTRIM', output, 'MAXLEN', length - without) end
  while length > most do
    local first = redis.call('ZREVRANGE', kept, 0, 1, 'WITHSCORES')
    if not first[1] then
      redis.call('XTRIM', output, 'MAXLEN', most)
      return
    end
    local ahead = tonumber(first[2]) - tonumber(first[4] or 0)
    length = length - drop(first[1], math.min(length - most, ahead + 1, chunk))
  end
end

for i = 8, #ARGV do append(ARGV[i]) end
if ARGV[6] ~= '0' then redis.call('HINCRBY', data, FIELD.lines .. ARGV[4], ARGV[6]) end
if ARGV[7] ~= '' then
  append(ARGV[7])
  redis.call('HSET', data, FIELD.progress .. ARGV[4], ARGV[7])
end
for i = 1, #added, chunk do redis.call('ZADD', places, unpack(added, i, math.min(i + chunk - 1, #added))) end
local length = redis.call('XLEN', output)
if length > most then make_room(length) end
redis.call('PUBLISH', keys.events(ARGV[3]), 'output')
return 1
