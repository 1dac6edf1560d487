// The timeline and the log of an execution. The page's one stream says that something has changed; what, is fetched:
// the timeline as it is now, of the log the lines after the last. Bars that last grow by the page's own clock.
(() => {
  const MOST = 1000;
  const byId = (id) => document.getElementById(id);
  let due = null, asking = null;

  // A large timeline is expensive to make: it says itself how often it may be asked for.
  const soon = () => (due = due || setTimeout(look, Number(byId('timeline')?.dataset.pause || 400)));

  function look() {
    due = null;
    const timeline = byId('timeline');
    if (timeline) htmx.trigger(timeline, 'view:changed');
    more();
  }

  // Ten times a second: in a short execution a bar moves visibly in that time.
  function grow() {
    const timeline = byId('timeline');
    if (document.hidden || !timeline?.hasAttribute('data-grows')) return;
    const { from, span } = timeline.dataset, now = celeriac.now();
    for (const bar of timeline.querySelectorAll('[data-grow]')) {
      const share = Math.min(now - from, span) - (bar.dataset.grow - from);
      const width = `${(Math.max(0, share) / span * 100).toFixed(2)}%`;
      if (bar.getAttribute('width') !== width) bar.setAttribute('width', width);
    }
    if (now - from > span) soon();
  }

  const isAtEnd = (log) => log.scrollHeight - log.scrollTop - log.clientHeight < 24;
  const toEnd = (log) => (log.scrollTop = log.scrollHeight);

  // By time: what several workers have to say comes in batches.
  function settle(rows, row) {
    const at = (each) => each.querySelector('time').dateTime;
    let before = row.previousElementSibling;
    while (before && at(before) > at(row)) before = before.previousElementSibling;
    rows.insertBefore(row, before ? before.nextElementSibling : rows.firstElementChild);
  }

  async function more() {
    const log = byId('log');
    if (!log?.dataset.more) return;
    if (asking) return soon();
    const mine = (asking = new AbortController());
    const timeout = setTimeout(() => mine.abort(), 5000);
    const { place } = log.dataset;
    try {
      const reply = await fetch(`${log.dataset.more}&after=${place}`, { signal: mine.signal });
      if (reply.status >= 429) throw reply;
      if (!reply.ok) return;
      const text = await reply.text();
      if (log.dataset.place !== place) return soon(); // a poll has brought these lines
      const rows = log.querySelector('tbody'), follows = isAtEnd(log);
      const shown = rows.rows.length;
      await htmx.swap({ text, target: rows, swap: 'beforeend', sourceElement: document.body });
      for (const row of [...rows.rows].slice(shown)) settle(rows, row);
      log.dataset.place = reply.headers.get('Log-Place');
      if (follows) {
        while (rows.rows.length > MOST) rows.rows[0].remove();
        toEnd(log);
      }
    } catch {
      // Without a connection nothing is lost: the lines are asked for when it is back.
      if (celeriac.connection.works) soon();
    } finally {
      clearTimeout(timeout);
      if (asking === mine) asking = null;
    }
  }

  function showWay() {
    const log = byId('log');
    if (log) byId('log-end').hidden = !log.dataset.more || isAtEnd(log);
  }

  document.addEventListener('celeriac:patched', ({ detail: { s = {} } }) => {
    const log = byId('log');
    const stale = ([name, [look, attempt]]) => byId(`t-${name}`) && byId(`t-${name}`).dataset.shown !== `${look} ${attempt}`;
    if (log || Object.entries(s).some(stale)) soon();
  });
  // What happened between the page and its stream; a request from before may never be answered.
  document.addEventListener('celeriac:connected', () => {
    asking?.abort();
    asking = null;
    more();
  });
  document.addEventListener('scroll', showWay, { capture: true, passive: true });
  document.addEventListener('click', ({ target }) => target.closest?.('#log-end') && toEnd(byId('log')));
  setInterval(grow, 100);
  const log = byId('log');
  if (log?.dataset.more) toEnd(log);
})();
