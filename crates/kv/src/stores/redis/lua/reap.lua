-- ARGV: now, or * for everything. Answers how many members left the index.
local now = tonumber(ARGV[1])
local removed = 0
for n = 1, #KEYS, 3 do
  if not now or not current(n, now) then
    removed = removed + remove(n)
  end
end
return removed
