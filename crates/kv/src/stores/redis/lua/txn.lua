-- ARGV: now, how many compares, operations of `then` and of `otherwise`; for each compare: condition, revisions; for
-- each operation: get, put or delete, record, expiry. KEYS in the same order. Answers 1 or 0 and, for each operation of
-- the branch, the record or false, or a letter as in write.lua.
local now = tonumber(ARGV[1])
local compares, first, second = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local held = true
for i = 1, compares do
  held = held and holds(ARGV[3 + 2 * i], ARGV[4 + 2 * i], current(3 * i - 2, now))
end
local from, count = compares, first
if not held then from, count = compares + first, second end
local a = 4 + 2 * compares + 3 * (from - compares)
local answers = { held and 1 or 0 }
-- Reads see the state before the branch's writes.
for i = 1, count do
  if ARGV[a + 3 * i - 2] == 'g' then answers[1 + i] = redis.call('GET', KEYS[3 * (from + i) - 2]) end
end
for i = 1, count do
  local n, kind = 3 * (from + i) - 2, ARGV[a + 3 * i - 2]
  if kind ~= 'g' then
    local revision = current(n, now)
    if kind == 'p' then
      put(n, ARGV[a + 3 * i - 1], ARGV[a + 3 * i])
      answers[1 + i] = revision and 'r' or 'c'
    elseif revision then
      remove(n)
      answers[1 + i] = 'd'
    else
      answers[1 + i] = 'w'
    end
  end
end
return answers
