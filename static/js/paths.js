// In a drawing: the lines of the node under the pointer, in focus or open beside it stand out, and arrow keys lead from node to node.
// The whole drawing is one stop of the Tab key.
(() => {
  const nodes = () => [...document.querySelectorAll(".drawing .plan a")];
  const node = (key) => nodes().find((a) => a.dataset.node === key);

  // A line's path holds one piece per source, in the order in which `data-from` names them.
  function pieces(key) {
    const found = [];
    for (const path of document.querySelectorAll(".drawing .edge")) {
      const sources = path.dataset.from.split(" ");
      if (path.dataset.to === key) found.push(path.getAttribute("d"));
      else if (sources.includes(key)) found.push(`M${path.getAttribute("d").split("M")[sources.indexOf(key) + 1]}`);
    }
    return found.join("");
  }

  // The node under the pointer, else the one in focus, else the one that is open beside the drawing.
  function highlight(event) {
    const hot = document.getElementById("hot");
    const pointed = event.type === "pointerover" && event.target.closest?.(".drawing a");
    const open = document.querySelector(".drawing a[aria-current]");
    const key = (pointed || document.activeElement?.closest(".drawing a") || open)?.dataset.node;
    hot?.setAttribute("d", key ? pieces(key) : "");
  }

  function middle(a) {
    const box = a.getBoundingClientRect();
    return [box.left + box.width / 2, box.top + box.height / 2];
  }

  // The nearest node in that direction; one that is aside counts as further away.
  function neighbour(from, [right, down]) {
    const [x, y] = middle(from);
    let best = null, least = Infinity;
    for (const a of nodes()) {
      const [dx, dy] = middle(a).map((at, axis) => at - [x, y][axis]);
      const ahead = dx * right + dy * down, aside = Math.abs(dx * down) + Math.abs(dy * right);
      if (a === from || ahead < 2 || (down && aside > 2)) continue;
      if (ahead + aside * 2 < least) [best, least] = [a, ahead + aside * 2];
    }
    return best;
  }

  const DIRECTIONS = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };

  function move(event) {
    const from = event.target.closest?.(".drawing .plan a");
    if (!from || !(event.key in DIRECTIONS)) return;
    event.preventDefault();
    neighbour(from, DIRECTIONS[event.key])?.focus();
  }

  // The stop is where focus was last, else the first node.
  let last = "";
  function stops() {
    const all = nodes();
    const stop = node(last) || all[0];
    for (const a of all) a.setAttribute("tabindex", a === stop ? "0" : "-1");
  }

  document.addEventListener("focusin", (event) => {
    highlight(event);
    const key = event.target.closest?.(".drawing .plan a")?.dataset.node;
    if (!key || key === last) return;
    node(last)?.setAttribute("tabindex", "-1");
    last = key;
    event.target.setAttribute("tabindex", "0");
  });
  // The critical path, once the execution has ended: as the server draws it in a new page.
  document.addEventListener("celeriac:patched", ({ detail: { c: keys } }) => {
    const path = document.getElementById("critical");
    if (!keys || !path) return;
    let d = "";
    keys.forEach((key, n) => {
      node(key)?.setAttribute("data-critical", "");
      const lines = document.getElementById(`e-${key}`);
      const at = lines ? lines.dataset.from.split(" ").indexOf(keys[n - 1]) : -1;
      if (at >= 0) d += `M${lines.getAttribute("d").split("M")[at + 1]}`;
    });
    path.setAttribute("d", d);
    document.getElementById("critical-note").hidden = false;
  });
  for (const event of ["focusout", "pointerover", "celeriac:panel"]) document.addEventListener(event, highlight);
  document.addEventListener("keydown", move);
  document.addEventListener("htmx:after:swap", () => {
    stops();
    // A new drawing has no highlighted lines.
    if (document.querySelector("#hot:not([d])")) setTimeout(highlight, 0, new Event("celeriac:panel"));
  });
  stops();
  highlight(new Event("celeriac:panel"));
})();
