-- Every key and every named field that the scripts use, defined only here.
-- engine/store/keys.py describes their contents; tests/project/test_keys_in_lua.py compares the shapes.
-- KEYS[1] NS, the namespace in braces.
local NS = KEYS[1]

local keys = {
  meta = function() return NS .. ':meta' end,
  workflows = function() return NS .. ':workflows' end,
  summaries = function() return NS .. ':summaries' end,
  versions = function(wf) return NS .. ':versions:' .. wf end,
  plan = function(wf, ver) return NS .. ':plan:' .. wf .. ':' .. ver end,
  queues = function() return NS .. ':queues' end,
  execution = function(id) return NS .. ':x:' .. id end,
  states = function(id) return NS .. ':x:' .. id .. ':s' end,
  log = function(id) return NS .. ':x:' .. id .. ':log' end,
  data = function(id) return NS .. ':x:' .. id .. ':data' end,
  output = function(id) return NS .. ':x:' .. id .. ':out' end,
  places = function(id) return NS .. ':x:' .. id .. ':out:places' end,
  kept = function(id) return NS .. ':x:' .. id .. ':out:kept' end,
  archive = function(id) return NS .. ':x:' .. id .. ':archive' end,
  archivable = function() return NS .. ':archivable' end,
  due = function() return NS .. ':due' end,
  ready = function(queue) return NS .. ':ready:' .. queue end,
  reached = function() return NS .. ':reached' end,
  published = function(queue) return NS .. ':published:' .. queue end,
  messages = function(queue) return NS .. ':messages:' .. queue end,
  leases = function() return NS .. ':leases' end,
  worker = function(worker) return NS .. ':worker:' .. worker end,
  claims = function(worker) return NS .. ':worker:' .. worker .. ':claims' end,
  index_all = function() return NS .. ':index:all' end,
  index_status = function(status) return NS .. ':index:status:' .. status end,
  index_workflow = function(wf) return NS .. ':index:workflow:' .. wf end,
  index_both = function(wf, status) return NS .. ':index:both:' .. wf .. ':' .. status end,
  index_label = function(label) return NS .. ':index:label:' .. label end,  -- label: "key=value"
  ended = function(wf, status) return NS .. ':ended:' .. wf .. ':' .. status end,
  pinned = function() return NS .. ':pinned' end,
  idempotency = function(hash) return NS .. ':idempotency:' .. hash end,
  launch = function(nonce) return NS .. ':launch:' .. nonce end,
  events = function(id) return NS .. ':events:' .. id end,
  summary = function() return NS .. ':summary' end,
}

-- Prefixes of the fields that exist per unit, per attempt (`unit#attempt`) or per queue.
local FIELD = {
  -- of an execution's data
  item = 'i', arguments = 'g', interrupted = 'x', result = 'r', reason = 'w', error = 'e', traceback = 't',
  progress = 'p', lines = 'n',
  -- of an execution
  items = 'v', ready = 'ready:', skip = 'skip:',
  -- of a plan
  task = 'task:', limits = 'limits:',
  -- of an entry of its output
  entry = 'e',
}
