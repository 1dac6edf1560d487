-- The time of a launch, as in the id of an execution: 20261122T100000, in UTC.
-- KEYS[1] NS

-- Days to a civil date, after Howard Hinnant's "chrono-Compatible Low-Level Date Algorithms".
local function timestamp(ms)
  local s = math.floor(ms / 1000)
  local z = math.floor(s / 86400) + 719468
  local era = math.floor(z / 146097)
  local doe = z - era * 146097
  local yoe = math.floor(
    (doe - math.floor(doe / 1460) + math.floor(doe / 36524) - math.floor(doe / 146096)) / 365
  )
  local doy = doe - (365 * yoe + math.floor(yoe / 4) - math.floor(yoe / 100))
  local mp = math.floor((5 * doy + 2) / 153)
  local day = doy - math.floor((153 * mp + 2) / 5) + 1
  local month = mp < 10 and mp + 3 or mp - 9
  local year = yoe + era * 400 + (month <= 2 and 1 or 0)
  local t = s % 86400
  local hour, minute, second = math.floor(t / 3600), math.floor(t % 3600 / 60), t % 60
  return string.format('%04d%02d%02dT%02d%02d%02d', year, month, day, hour, minute, second)
end
