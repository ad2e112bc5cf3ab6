-- Work for the interpreter: calls, tables, strings, closures, floating point.
local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end
print(fib(20))

local sieve, primes = {}, 0
for n = 2, 8000 do
  if not sieve[n] then
    primes = primes + 1
    for k = n * n, 8000, n do sieve[k] = true end
  end
end
print(primes)

local words = {}
for n = 1, 1500 do words[n] = ("%d:%x"):format(n * 7919 % 1009, n) end
table.sort(words)
local text = table.concat(words, " ")
local count = {}
for word in text:gmatch("%d+:") do count[word] = (count[word] or 0) + 1 end
local most = 0
for _, n in pairs(count) do if n > most then most = n end end
print(#text, most, (text:gsub("1(%d)", "<%1>")):sub(1, 30))

local Point = {}
Point.__index = Point
Point.__add = function(a, b) return setmetatable({ x = a.x + b.x, y = a.y + b.y }, Point) end
local sum = setmetatable({ x = 0, y = 0 }, Point)
for n = 1, 5000 do sum = sum + setmetatable({ x = n * 0.5, y = 1 / n }, Point) end
print(string.format("%.6f %.6f", sum.x, sum.y))

local function counter()
  local n = 0
  return function() n = n + 1 return n end
end
local c = counter()
for _ = 1, 20000 do c() end
print(c())

local generate = coroutine.wrap(function() for n = 1, 3000 do coroutine.yield(n * n) end end)
local total = 0
for _ = 1, 3000 do total = total + generate() end
print(total)
