-- ARGV: now; then for each triple: put or delete, condition, revisions, record, expiry. Answers a letter for each:
-- created, replaced, deleted, was absent; or x and the revision that the condition did not hold for.
local now = tonumber(ARGV[1])
local answers = {}
for i = 1, #KEYS / 3 do
  local n, a = 3 * i - 2, 5 * i - 3
  local revision = current(n, now)
  if not holds(ARGV[a + 1], ARGV[a + 2], revision) then
    answers[i] = 'x' .. (revision or '')
  elseif ARGV[a] == 'p' then
    put(n, ARGV[a + 3], ARGV[a + 4])
    answers[i] = revision and 'r' or 'c'
  elseif revision then
    remove(n)
    answers[i] = 'd'
  else
    answers[i] = 'w'
  end
end
return answers
