// Parts of a page that are fetched again when they change (`data-again` names the event that asks for them): asked for
// again when an answer was lost, and never given up for an answer that is something else.
(() => {
  const PAUSE = 1000;

  function again(el) {
    if (!el.isConnected) return;
    htmx.trigger(el, 'htmx:abort', {}, false);
    htmx.trigger(el, el.dataset.again);
  }

  // Without a connection nothing is lost: everything is asked for when it is back.
  function lost({ detail: { ctx } }) {
    const el = ctx?.sourceElement;
    const status = ctx?.response?.status ?? 500;
    if (el?.matches?.('[data-again]') && status >= 429 && celeriac.connection.works) setTimeout(again, PAUSE, el);
  }

  for (const failure of ['htmx:error', 'htmx:response:error']) document.addEventListener(failure, lost);
  document.addEventListener('celeriac:connected', () => document.querySelectorAll('[data-again]').forEach(again));
  // A sign-in page, say, has nothing of what was asked for: what is shown stays.
  document.addEventListener('htmx:before:swap', (event) => {
    const { ctx, tasks } = event.detail;
    if (ctx.select && !tasks.some(({ type, fragment }) => type === 'main' && fragment.childElementCount)) event.preventDefault();
  });
})();
