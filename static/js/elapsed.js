// Counters: the server says since when (or until when), in its own clock; once a second the page counts on.
(() => {
  let skew = 0; // server's clock minus ours, ms
  let ticked = Date.now(), woke = 0;
  const ms = (text) => (isNaN(text) ? Date.parse(text) : Number(text));
  const two = (n) => String(n).padStart(2, '0');

  // As celeriac/words/formats.py writes them; a counter that ticks shows whole seconds.
  function duration(milliseconds, ticking) {
    const seconds = Math.max(0, milliseconds / 1000);
    if (!ticking && seconds < 1) return `${seconds.toFixed(2)} s`;
    if (!ticking && seconds < 59.95) return `${seconds.toFixed(1)} s`;
    const whole = ticking ? Math.floor(seconds) : Math.round(seconds);
    if (whole < 60) return `${whole} s`;
    if (whole < 3600) return `${Math.floor(whole / 60)} m ${two(whole % 60)} s`;
    if (whole < 86400) return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} m`;
    return `${Math.floor(whole / 86400)} d ${two(Math.floor((whole % 86400) / 3600))} h`;
  }

  function tick() {
    const before = ticked;
    ticked = Date.now();
    if (ticked - before > 3000) woke = ticked;
    if (document.hidden) return;
    const now = Date.now() + skew;
    for (const el of document.querySelectorAll('[data-since], [data-until]')) {
      const { since, until } = el.dataset;
      const text = duration(since ? now - ms(since) : ms(until) - now + 999, true);
      if (el.textContent !== text) el.textContent = text;
    }
  }

  window.celeriac = { ...window.celeriac, duration, tick, now: () => Date.now() + skew, setClock: (server) => (skew = server - Date.now()) };
  const rendered = document.querySelector('[data-now]');
  // The page was some time under way, so only a real difference counts; the first ping is more exact.
  if (rendered && Math.abs(rendered.dataset.now - Date.now()) > 5000) window.celeriac.setClock(Number(rendered.dataset.now));
  document.addEventListener('ping', (e) => {
    // A machine that slept reads at once what was sent meanwhile: those pings tell how late it was, not how late it is.
    const now = Date.now();
    if (now - ticked < 3000 && now - woke > 2000) window.celeriac.setClock(Number(e.detail.data));
  });
  document.addEventListener('visibilitychange', tick);
  document.addEventListener('htmx:after:swap', tick);
  setInterval(tick, 1000);
  tick();
})();
