// A shared worker: the streams of tabs for which there is no connection of their own, over one connection to `/streams`
// (`web/streaming/pages.py`). `sharing.js` is its other side, in each tab.
const TOGETHER = 50; // ms in which tabs that come and go share a new connection
const encoder = new TextEncoder();
const tabs = new Map(); // the port of a tab → { address, last: id of its last message, started: whether it has its response }
let connection = null;
let due = null;

onconnect = ({ ports: [port] }) => {
  port.onmessage = ({ data }) => {
    if (data) tabs.set(port, { ...data, started: false });
    else if (!tabs.delete(port)) return;
    due = due || setTimeout(connect, TOGETHER);
  };
};

async function connect() {
  due = null;
  connection?.abort();
  const mine = (connection = new AbortController());
  const served = [...tabs.keys()];
  if (!served.length) return;
  const query = new URLSearchParams();
  for (const port of served) {
    query.append('of', tabs.get(port).address);
    query.append('last', tabs.get(port).last);
  }
  try {
    const reply = await fetch(`/streams?${query}`, { signal: mine.signal, headers: { Accept: 'text/event-stream' } });
    if (reply.ok) await read(reply.body, served);
    else served.forEach((port) => finish(port, head(reply.status)));
  } catch {
    // Cut, or replaced by another connection.
  }
  // The tabs connect again, each by itself.
  if (connection === mine) served.forEach((port) => finish(port));
}

async function read(body, served) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const messages = (text + value).split('\n\n');
    text = messages.pop();
    for (const message of messages) {
      const [, to, own] = /^(?:to: (\d+)\n)?([^]*)$/.exec(message);
      for (const port of to ? [served[to]] : served.filter((each) => tabs.get(each)?.started)) hand(port, own);
    }
  }
}

function hand(port, message) {
  const tab = tabs.get(port);
  if (!tab) return;
  const [, event] = /^event: (.*)$/m.exec(message) ?? [];
  if (event === 'refused') return finish(port, head(+/^data: (\d+)/m.exec(message)[1]));
  if (event === 'closed') return finish(port);
  const [, id] = /^id: (.*)$/m.exec(message) ?? [];
  if (id) tab.last = id;
  if (!tab.started) port.postMessage(head(200));
  tab.started = true;
  port.postMessage({ bytes: encoder.encode(`${message}\n\n`) });
}

// Without a response that it ends with, a tab has one already, or the stream could not be opened.
function finish(port, last) {
  if (!tabs.has(port)) return;
  const { started } = tabs.get(port);
  tabs.delete(port);
  port.postMessage(last ?? (started ? {} : head(503)));
}

function head(status) {
  return { head: { status, headers: { 'Content-Type': 'text/event-stream' } } };
}
