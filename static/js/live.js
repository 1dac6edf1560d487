// Keeps the page's one stream alive, says so in the top bar (html[data-live]), and polls while there is none.
// hx-sse never retries a first connection that fails, ends nothing on an error status and does not notice half-open
// connections: that is mended here.
(() => {
  const STREAM = '[hx-sse\\:connect]';
  const SILENCE = 35000; // two pings and a bit
  const WITHOUT_STREAM = 3000;
  const POLL = 2000;
  const FINAL = { 401: 'signed-out', 403: 'signed-out', 404: 'ended', 410: 'ended' };
  let tries = 0;
  let heard = Date.now(); // the last message of the stream
  let live = Date.now(); // when the stream was last known to work
  let polled = 0;
  let connection = null;

  const stream = () => document.querySelector(STREAM);
  const set = (state) => (document.documentElement.dataset.live = state);
  const state = () => document.documentElement.dataset.live;
  const kick = (el) => el.isConnected && !el._htmx?.sse && htmx.trigger(el, 'live:retry', {}, false);

  function end(as) {
    set(as);
    if (as === 'ended') document.querySelector('[data-q]')?.setAttribute('data-ended', '');
    connection = null;
    stream()?.remove();
  }

  function failed(event) {
    const el = event.detail.ctx?.sourceElement;
    // An attempt may still fail when the page has been told the end by a poll: its element is gone then.
    if (!el?.matches?.(STREAM) || !el.isConnected) return;
    const final = FINAL[event.detail.ctx.response?.status];
    if (final) return end(final);
    if (state() !== 'polling') set('retrying');
    setTimeout(() => kick(el), Math.min(2000, 250 * 2 ** tries++));
  }

  // The page once more, by hand: only its live part is taken over.
  async function poll(target) {
    polled = Date.now();
    let reply;
    try {
      reply = await fetch(location.href, { headers: { Accept: 'text/html' }, signal: AbortSignal.timeout(5000) });
    } catch {
      return;
    }
    if (reply.status in FINAL) return end(FINAL[reply.status]);
    if (!reply.ok || state() === 'live') return;
    await htmx.swap({ text: await reply.text(), target, select: target, swap: 'outerMorph', sourceElement: document.body });
    if (document.querySelector(`${target}[data-ended]`)) end('ended');
    else if (state() !== 'live') set('polling');
  }

  function watch() {
    const el = stream();
    if (!el || document.hidden) return (live = heard = Date.now());
    if (connection && Date.now() - heard > SILENCE) {
      heard = Date.now();
      set('stale');
      connection.reader?.cancel();
    }
    if (state() === 'live') return (live = Date.now());
    if (el.dataset.poll && Date.now() - live > WITHOUT_STREAM && Date.now() - polled > POLL) poll(el.dataset.poll);
  }

  document.addEventListener('htmx:response:error', failed);
  document.addEventListener('htmx:error', failed);
  document.addEventListener('htmx:config:request', (event) => {
    if (document.hidden && event.target.matches?.(STREAM)) event.preventDefault();
  });
  document.addEventListener('visibilitychange', () => {
    if (!stream()) return;
    if (document.hidden) return set('paused');
    heard = live = Date.now();
    kick(stream());
  });
  document.addEventListener('htmx:sse:after:connection', (event) => {
    if (!stream()) return;
    tries = 0;
    connection = event.detail.connection;
    heard = Date.now();
    set('live');
  });
  document.addEventListener('htmx:sse:error', (event) => {
    const final = FINAL[event.detail.status];
    if (final) return end(final);
    if (state() !== 'polling' && stream()) set('retrying');
  });
  document.addEventListener('htmx:sse:before:connection', (event) => {
    if (event.detail.connection.attempt > 0 && state() === 'live') set('retrying');
  });
  document.addEventListener('htmx:sse:before:message', () => (heard = Date.now()));
  document.addEventListener('done', () => end('ended'));
  setInterval(watch, 500);
})();
