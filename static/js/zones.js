// Times in the zone of this page. The server has rendered the page in it; pieces that travel to all browsers alike are in
// UTC, and are written in it here before they are put into the page. `web/zones.py` gives exactly the same text.
(() => {
  const { zone, zoneNames, zoneLocal } = document.documentElement.dataset;
  const names = new Map(zoneNames.split(' ').map((each) => each.split('=')));
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const two = (n) => String(n).padStart(2, '0');
  const numeric = { year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' };
  const format = new Intl.DateTimeFormat('en-US-u-ca-iso8601-nu-latn', { timeZone: zone, hourCycle: 'h23', ...numeric });

  // The clocks of the zone at a moment, "2026-11-22 11:00:00.123", and their offset, "+01:00".
  function local(moment) {
    const { year, month, day, hour, minute, second } = Object.fromEntries(format.formatToParts(moment).map((part) => [part.type, Number(part.value)]));
    const ms = String(((moment % 1000) + 1000) % 1000).padStart(3, '0');
    const ahead = Math.round((Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(moment / 1000) * 1000) / 60000);
    const [hours, minutes] = [Math.floor(Math.abs(ahead) / 60), Math.abs(ahead) % 60];
    return [`${year}-${two(month)}-${two(day)} ${two(hour)}:${two(minute)}:${two(second)}.${ms}`, `${ahead < 0 ? '-' : '+'}${two(hours)}:${two(minutes)}`];
  }

  // What is shown of a moment stays: with the date or without, and as much of the second.
  function write(time) {
    const [text, offset] = local(Date.parse(time.dateTime));
    const shown = time.firstChild, short = time.firstElementChild;
    time.title = `${text} ${offset} ${zone}`;
    if (short) short.textContent = names.get(offset) ?? offset;
    shown.data = shown.data.includes('-') ? text.slice(0, 19) + (short ? ' ' : '') : text.slice(11, 11 + shown.length);
  }

  // What this browser alone has asked for is mostly in its zone already; but the choice may have changed in another tab.
  const foreign = `time[datetime]:not([title$=" ${zone}"])`;
  window.celeriac.writeTime = write;
  document.addEventListener('htmx:before:swap', ({ detail }) => {
    for (const { fragment } of detail.tasks) {
      for (const time of fragment?.querySelectorAll(foreign) ?? []) write(time);
      for (const label of fragment?.querySelectorAll('[data-zone-label]') ?? []) label.textContent = [...names.values()].join('/');
    }
  });

  // Only the browser knows its own zone.
  for (const button of document.querySelectorAll('[data-own-zone]')) {
    button.value = `local:${own}`;
    button.lastElementChild.textContent = own;
    button.hidden = false;
  }
  // Who has chosen it and travels gets the new one.
  if (zoneLocal !== undefined && own !== zone) {
    fetch('/zone', { method: 'POST', body: new URLSearchParams({ zone: `local:${own}` }), redirect: 'manual' })
      .then((reply) => reply.type === 'opaqueredirect' && location.reload());
  }
})();
