// Shortcuts of one or two keys, as /help lists them; html[data-shortcuts] says whether they are on.
// Not while typing, and not with Ctrl, Alt or Meta.
(() => {
  const PLACES = { o: '/', w: '/workflows', e: '/executions', c: '/cleanup' }; // after g
  const ACTIONS = {
    '/': () => (document.querySelector('main [type=search]') || document.querySelector('[type=search]')).focus(),
    '?': () => location.assign('/help#keyboard'),
    f: () => document.querySelector('[data-drawing-follow]')?.click(),
    n: () => next('failure'),
    r: () => next('running'),
  };
  let before = ''; // the key

  // The step after the one in focus that is in this state, else the first; in whatever view there is.
  function next(state) {
    const found = [...document.querySelectorAll(`.drawing .plan a[data-state=${state}], .node[data-state=${state}], .timeline tr[data-shown^="${state} "] a`)];
    const step = found.find((a) => document.activeElement.compareDocumentPosition(a) === 4) || found[0];
    document.querySelector('[data-drawing-follow]:checked')?.click(); // the person leads now
    step?.focus();
  }

  document.addEventListener('keydown', (event) => {
    const { key, target } = event;
    if (!document.documentElement.hasAttribute('data-shortcuts') || event.ctrlKey || event.altKey || event.metaKey) return;
    if (target.closest?.('input:not([type=checkbox]), textarea, select')) return;
    const place = before === 'g' && PLACES[key];
    before = key;
    if (!place && !ACTIONS[key]) return;
    event.preventDefault();
    place ? location.assign(place) : ACTIONS[key]();
  });
})();
