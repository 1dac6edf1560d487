// The state of the page's connection: html[data-live] for the chip, with since when what is shown is true, and aloud when
// trouble lasts, not at every blip. `live.js` says `become`, others read `state`.
(() => {
  const LASTS = 8000;
  const QUIET = ['live', 'ended', 'paused'];
  const root = document.documentElement;
  const line = document.getElementById('connection-say');
  let timer = null;

  const words = () => document.querySelector(`.connection [data-when=${root.dataset.live}]`);

  function say() {
    timer = null;
    line.textContent = words().textContent.trim();
  }

  const connection = {
    since: Date.now(), // ms, by the page's clock
    get state() {
      return root.dataset.live;
    },
    // Nothing stays lost that is asked for now.
    get works() {
      return ['live', 'ended'].includes(root.dataset.live);
    },
    become(state) {
      if (root.dataset.live === state) return;
      root.dataset.live = state;
      const time = words().querySelector('time');
      if (time) {
        time.dateTime = new Date(connection.since + celeriac.now() - Date.now()).toISOString();
        time.textContent = time.dateTime.slice(11, 19);
        celeriac.writeTime(time);
      }
      if (!QUIET.includes(state)) return (timer = timer || setTimeout(say, LASTS));
      clearTimeout(timer);
      timer = null;
      if (line.textContent) say();
    },
  };
  window.celeriac.connection = connection;
})();
