-- KEYS are triples: an entry, the index of its shard, the expiries of its shard. The record of an entry has its
-- revision in bytes 2 to 17 and its expiry, signed and big-endian, in bytes 26 to 33 (model/record.rs).

-- The key that an entry has in the index: what comes after the entry's prefix, which is as long as the index's name
-- and one more.
local function member(n)
  return string.sub(KEYS[n], #KEYS[n + 1] + 2)
end

-- The revision of a live entry, or false.
local function current(n, now)
  local head = redis.call('GETRANGE', KEYS[n], 0, 32)
  if #head < 33 then return false end
  local at = string.byte(head, 26)
  if at > 127 then at = at - 256 end
  for i = 27, 33 do at = at * 256 + string.byte(head, i) end
  if at ~= 0 and at <= now then return false end
  return string.sub(head, 2, 17)
end

local function holds(condition, revisions, revision)
  if condition == '*' then return true end
  if condition == 'a' then return not revision end
  if condition == 'p' then return revision and true end
  local among = false
  if revision then
    for i = 1, #revisions, 16 do
      if string.sub(revisions, i, i + 15) == revision then among = true end
    end
  end
  if condition == 'o' then return among end
  return not among
end

-- Every write states the entry's place in both indexes, so that a lost index heals.
local function put(n, record, expires)
  redis.call('SET', KEYS[n], record)
  redis.call('ZADD', KEYS[n + 1], 0, member(n))
  if expires == '' then
    redis.call('ZREM', KEYS[n + 2], member(n))
  else
    redis.call('ZADD', KEYS[n + 2], expires, member(n))
  end
end

local function remove(n)
  redis.call('UNLINK', KEYS[n])
  redis.call('ZREM', KEYS[n + 2], member(n))
  return redis.call('ZREM', KEYS[n + 1], member(n))
end

