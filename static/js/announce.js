// What changed, beside the page itself: a polite sentence at most every 5 s, the favicon, and pages that follow one step.
(() => {
  const PAUSE = 5000;
  let last = 0;
  let timer = null;
  let sentence = '';

  function say() {
    timer = null;
    last = Date.now();
    const line = document.getElementById('execution-say');
    if (line && line.textContent !== sentence) line.textContent = sentence;
  }

  // A step in a queue is concerned by whatever happens: its place in it depends on others.
  function concerns({ step, waitsFor = '' }, changed) {
    return waitsFor === '*' || [step, ...waitsFor.split(' ')].some((name) => name in changed);
  }

  document.addEventListener('celeriac:patched', ({ detail: patch }) => {
    if (patch.r && patch.r.say) {
      sentence = patch.r.say;
      timer = timer || setTimeout(say, Math.max(0, last + PAUSE - Date.now()));
    }
    const step = document.querySelector('[data-step]');
    if (step && concerns(step.dataset, patch.s || {})) htmx.trigger(step, 'step:changed');
  });
  document.addEventListener('done', () => {
    clearTimeout(timer);
    say();
  });
  document.addEventListener('htmx:after:swap', () => {
    const head = document.querySelector('[data-favicon]');
    const icon = document.getElementById('favicon');
    if (head && icon && icon.getAttribute('href') !== head.dataset.favicon) icon.setAttribute('href', head.dataset.favicon);
  });
})();
