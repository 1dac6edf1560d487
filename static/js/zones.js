// Times in the zone of this page. The server has rendered the page in it; pieces that travel to all browsers alike are in
// UTC, and are written in it here before they are put into the page. `web/ui/time_zones.py` gives exactly the same text.
(() => {
  const { zone, zoneNames, zoneLocal } = document.documentElement.dataset;
  const names = new Map(zoneNames.split(' ').map((each) => each.split('=')));
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const format = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' });

  // The clocks of the zone at a moment, "2026-11-22 11:00:00.123", and their offset, "+01:00".
  function local(moment) {
    const offset = format.format(moment).split('GMT')[1] || '+00:00';
    const shifted = moment - Date.parse(`1970-01-01T00:00${offset}`);
    return [new Date(shifted).toISOString().slice(0, 23).replace('T', ' '), offset];
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
