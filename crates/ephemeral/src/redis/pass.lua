-- A place among those that may pass: see passes.rs. KEYS: the passes, the place of this name (both with the same hash tag).
-- ARGV: window, how many, period and now in microseconds, name, how long to remember in milliseconds.
local named = redis.call('GET', KEYS[2])
if named then
  return named
end
local most, period, now = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local function text(number)
  return string.format('%.0f', number)
end
local at, count
if ARGV[1] == 'sliding' then
  local last = redis.call('ZREVRANGE', KEYS[1], 0, 0, 'WITHSCORES')[2]
  at = math.max(now, tonumber(last or now))
  local oldest = redis.call('ZREVRANGE', KEYS[1], most - 1, most - 1, 'WITHSCORES')[2]
  if oldest then
    at = math.max(at, tonumber(oldest) + period)
  end
  count = redis.call('ZCOUNT', KEYS[1], '(' .. text(at - period), '+inf') + 1
  redis.call('ZADD', KEYS[1], text(at), ARGV[5])
  redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -most - 1)
elseif ARGV[1] == 'fixed' then
  local kept = redis.call('HMGET', KEYS[1], 'start', 'count', 'last')
  local start, last = tonumber(kept[1] or now), math.max(now, tonumber(kept[3] or now))
  count = tonumber(kept[2] or 0)
  if start + period <= last then
    start, count = last, 0
  end
  if count < most then
    count = count + 1
  else
    start, count = start + period, 1
    last = start
  end
  at = last
  redis.call('HSET', KEYS[1], 'start', text(start), 'count', text(count), 'last', text(last))
else
  local gap = math.max(1, math.floor(period / most))
  local full_at = math.max(now, tonumber(redis.call('GET', KEYS[1]) or now)) + gap
  at = math.max(now, full_at - gap * most)
  count = math.max(1, math.floor((full_at - at) / gap))
  redis.call('SET', KEYS[1], text(full_at))
end
local kept_ms = text(math.ceil((at - now + period) / 1000) + tonumber(ARGV[6]))
redis.call('PEXPIRE', KEYS[1], kept_ms)
local place = text(at) .. ' ' .. text(count)
redis.call('SET', KEYS[2], place, 'PX', kept_ms)
return place
