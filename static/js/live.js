// Keeps the page's one stream alive, reports its state (`connection.js`), and polls while there is no stream.
// hx-sse never retries a first connection that fails, ends nothing on an error status, takes every answer for a stream,
// connects in hidden tabs and does not notice half-open connections: that is mended here.
(() => {
  const STREAM = '#live';
  const SILENCE = 12000; // two pings and a bit
  const WITHOUT_STREAM = 3000;
  const POLL = 1800; // with the time between two looks: every 2 s
  const FINAL = { 401: 'signed-out', 403: 'signed-out', 404: 'gone', 410: 'gone' };
  let tries = 0;
  let heard = Date.now(); // the last message of the stream
  let live = Date.now(); // when the stream was last known to work
  let polled = 0, applied = 0; // when a poll last began; when the one began whose answer is shown
  let connection = null;

  const on = (name, listener) => document.addEventListener(name, listener);
  const stream = () => document.querySelector(STREAM);
  const { connection: said } = celeriac;
  const kick = (el) => el?.isConnected && !el._htmx?.sse && htmx.trigger(el, 'live:retry', {}, false);

  function close(el) {
    const open = el._htmx?.sse;
    open?.reader?.cancel();
    open?.abortController.abort();
    htmx.trigger(el, 'htmx:abort', {}, false);
  }

  function end(as) {
    if (as === 'ended') document.querySelector('[data-sequence]')?.setAttribute('data-ended', '');
    const el = stream();
    if (el) close(el);
    el?.remove();
    said.become(as);
  }

  // No stream came of an attempt: refused, an error status, or an answer that is no stream.
  function attempted({ detail: { ctx } }) {
    const el = ctx.sourceElement;
    // An attempt may still fail when a poll has brought the end: its element is gone then.
    if (!el.matches(STREAM) || !el.isConnected || el._htmx?.sse || document.hidden) return;
    const final = FINAL[ctx.response?.status];
    if (final) return end(final);
    if (said.state !== 'polling') said.become('retrying');
    setTimeout(kick, Math.min(1200, 250 * 2 ** tries++), el);
  }

  // The page once more, by hand. Its stream starts again from what it shows then.
  async function poll() {
    const { href } = location;
    const began = (polled = Date.now());
    let reply, text;
    try {
      reply = await fetch(href, { headers: { Accept: 'text/html' }, redirect: 'manual', signal: AbortSignal.timeout(5000) });
      text = await reply.text();
    } catch {
      reply = { ok: false };
    }
    const el = stream();
    if (!el || said.state === 'live' || began < applied || location.href !== href) return; // overtaken
    if (reply.type === 'opaqueredirect' || (reply.ok && !text.includes('id="main"'))) return end('signed-out');
    if (reply.status in FINAL) return end(FINAL[reply.status]);
    if (!reply.ok) return said.state === 'polling' && said.become('retrying');
    said.since = applied = began;
    const swap = (target, style) => htmx.swap({ text, target, select: target, swap: style, sourceElement: document.body });
    for (const target of ['#main', '#active-executions']) await swap(target, 'outerMorph');
    if (!text.includes('id="live"')) return end('ended');
    close(el);
    await swap(STREAM, 'outerHTML');
    if (said.state !== 'live') said.become('polling');
  }

  function watch() {
    const now = Date.now();
    if (!stream() || document.hidden) return (live = heard = now);
    if (said.state === 'live' && now - heard > SILENCE) {
      said.become('stale');
      connection.reader?.cancel();
    }
    if (said.state === 'live') return (live = now);
    if (now - live > WITHOUT_STREAM && now - polled > POLL) poll();
  }

  on('htmx:finally:request', attempted);
  on('htmx:config:request', (event) => {
    if (document.hidden && event.target.matches?.(STREAM)) event.preventDefault();
  });
  on('visibilitychange', () => {
    if (!stream()) return;
    if (document.hidden) return said.become('paused');
    heard = live = Date.now();
    said.become('retrying');
    kick(stream());
  });
  // A tab that was hidden while it connected: its own pause has not begun yet, or does not know of this connection.
  for (const moment of ['before', 'after']) on(`htmx:sse:${moment}:connection`, (event) => {
    const { attempt, abortController } = event.detail.connection;
    if (document.hidden) {
      abortController.abort();
      event.preventDefault();
    } else if (attempt > 0 && said.state === 'live') said.become('retrying');
  });
  on('htmx:sse:error', (event) => {
    if (event.target !== stream() || document.hidden) return;
    const final = FINAL[event.detail.status];
    if (final) return end(final);
    if (said.state !== 'polling') said.become('retrying');
  });
  // Whether an answer is a stream shows with its first message.
  on('htmx:sse:before:message', (event) => {
    if (event.target !== stream() || document.hidden) return;
    ({ connection } = event.detail);
    said.since = heard = Date.now();
    if (said.state === 'live') return;
    tries = 0;
    said.become('live');
    document.dispatchEvent(new CustomEvent('celeriac:connected'));
  });
  on('done', ({ detail }) => end(detail.data === 'gone' ? 'gone' : 'ended'));
  setInterval(watch, 200);
})();
