-- KEYS are triples as everywhere. Answers for each the record up to its value and the length of the whole record, or
-- false.
local answers = {}
for i = 1, #KEYS / 3 do
  local key = KEYS[3 * i - 2]
  local head = redis.call('GETRANGE', key, 0, 289)
  if #head < 35 then
    answers[i] = false
  else
    local wanted = 35 + string.byte(head, 34) * 256 + string.byte(head, 35)
    if wanted > 290 then head = redis.call('GETRANGE', key, 0, wanted - 1) end
    answers[i] = { head, redis.call('STRLEN', key) }
  end
end
return answers
