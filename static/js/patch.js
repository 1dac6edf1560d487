// Patches of an execution: {q: sequence, s: steps, g: groups, l: levels, r: totals, full}. Attributes and text only, never markup.
// What steps say of their progress comes without a new sequence number.
(() => {
  const byId = (id) => document.getElementById(id);

  function glyph(svg, state) {
    const use = svg && svg.querySelector('use');
    if (use) use.setAttribute('href', use.getAttribute('href').replace(/#.*/, `#s-${state}`));
  }

  function clock(el, status, start, end) {
    delete el.dataset.since;
    delete el.dataset.until;
    el.textContent = '';
    if (status === 'running' && start) el.dataset.since = start;
    else if (status === 'retrying' && end) el.dataset.until = end;
    else if (start && end) el.textContent = celeriac.duration(end - start);
  }

  // In the drawing there is less room: it takes the brief words if there are such.
  function step(name, [status, , start, end, text, percent, brief]) {
    const segment = byId(`g-${name}`);
    if (segment) segment.setAttribute('class', `segment ${status}`);
    const node = byId(`s-${name}`);
    // One of many in a crowded level; or mapped, and shown by the counts of its items.
    if (!node || (node.dataset.node && node.querySelector('[data-share]'))) return;
    state(name, node, status, text);
    const words = node.querySelector('.meta');
    if (!words) return;
    words.firstElementChild.textContent = node.dataset.node ? (brief ?? text) : text;
    clock(words.lastElementChild, status, start, end);
    const bar = node.querySelector('progress, .progress');
    bar.toggleAttribute('hidden', percent == null);
    if (bar.tagName === 'PROGRESS') bar.value = percent || 0;
    else bar.lastElementChild.setAttribute('width', percent || 0);
  }

  function state(name, node, status, text) {
    node.dataset.state = status;
    glyph(node, status);
    say(node, text);
    const lines = byId(`e-${name}`);
    if (lines) lines.dataset.state = status;
  }

  function say(el, text) {
    const title = el.querySelector('title');
    if (title) title.textContent = `${title.dataset.of}: ${text}`;
  }

  function shares(el, counts) {
    let x = 0;
    const total = counts.pop();
    el.querySelector('.segments').setAttribute('viewBox', `0 0 ${(total || 1) * 10} 8`);
    el.querySelectorAll('[data-share]').forEach((rect, i) => {
      rect.setAttribute('x', x * 10);
      rect.setAttribute('width', counts[i] * 10);
      x += counts[i];
    });
  }

  function group(key, [status, ...counts]) {
    const node = byId(`s-${key}`);
    if (!node?.querySelector('[data-share]')) return; // on the board a mapped step is a step like others
    const text = counts.pop();
    state(key, node, status, text);
    const words = node.querySelector('.count');
    if (words) words.textContent = text;
    shares(node, counts);
  }

  function level(number, [status, ...counts]) {
    const text = counts.pop();
    for (const el of [byId(`level-${number}`), byId(`strip-${number}`)]) {
      if (!el) continue;
      el.dataset.state = status;
      const words = el.querySelector('.count');
      if (words) words.textContent = text;
      else say(el, text);
      if (el.querySelector('[data-share]')) shares(el, [...counts]);
    }
  }

  function totals(values) {
    for (const el of document.querySelectorAll('[data-total]')) {
      const value = values[el.dataset.total];
      if (value === undefined) continue;
      if (el.tagName === 'PROGRESS') el.value = value;
      else el.textContent = value;
    }
    const open = byId('step');
    if (values.title) document.title = open ? `${open.dataset.title} · ${values.title}` : values.title;
  }

  document.addEventListener('patch', (event) => {
    const patch = JSON.parse(event.detail.data);
    const page = document.querySelector('[data-sequence]');
    if (!page || (!patch.full && patch.q < Number(page.dataset.sequence))) return;
    page.dataset.sequence = patch.q;
    for (const [name, values] of Object.entries(patch.s || {})) step(name, values);
    for (const [key, values] of Object.entries(patch.g || {})) group(key, values);
    for (const [number, values] of Object.entries(patch.l || {})) level(number, values);
    totals(patch.r || {});
    celeriac.tick();
    document.dispatchEvent(new CustomEvent('celeriac:patched', { detail: patch }));
  });
})();
