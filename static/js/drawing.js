// The drawing of a plan: zoom by its size (its coordinates stay), moving by the scrolling of its box, and following what runs.
(() => {
  const box = () => document.querySelector(".drawing");
  const CALM = 2000; // what moves more often jumps: each frame of a move is painted, too fast to follow
  const CLOSEST = 2, FAREST = 0.1, STEP = 1.25, READABLE = 0.45, SMALLER = 0.86;
  let scale = 1; // as chosen; a replaced drawing gets it again
  let follows = true;
  let due = null; // the next look at what runs
  let moved = 0;

  // The size that is there already is not set again: the browser would lay out each level again.
  function resize(svg) {
    const [, , width, height] = svg.getAttribute("viewBox").split(" ");
    if (Number(svg.getAttribute("width")) === width * scale) return;
    svg.setAttribute("width", width * scale);
    svg.setAttribute("height", height * scale);
  }

  function show() {
    const drawing = box();
    if (!drawing) return;
    drawing.querySelectorAll(":is(.drawing, .plan) > svg").forEach(resize);
    drawing.toggleAttribute("data-far", scale < READABLE);
    document.querySelector("[data-drawing-tools]")?.removeAttribute("hidden");
    const follow = document.querySelector("[data-drawing-follow]");
    if (follow) follow.checked = follows;
  }

  // Around a point of the box, in pixels from its corner, which stays where it is.
  function zoom(wanted, x, y) {
    const drawing = box();
    const next = Math.min(CLOSEST, Math.max(FAREST, wanted)), ratio = next / scale;
    const [left, top] = [(drawing.scrollLeft + x) * ratio - x, (drawing.scrollTop + y) * ratio - y];
    scale = next;
    show();
    drawing.scrollTo(left, top);
  }

  function fitting() {
    const [, , width, height] = box().querySelector(".lines").getAttribute("viewBox").split(" ");
    return Math.min(1, box().clientWidth / width, (innerHeight * 0.78 - 60) / height);
  }

  // The column where most is under way stays in sight.
  function follow() {
    const drawing = box();
    if (!follows || !drawing?.hasAttribute("data-follow")) return;
    const active = drawing.querySelector("a[data-state=running]") || drawing.querySelector("a:is([data-state=retrying], [data-state=queued])");
    if (!active) return;
    const seen = drawing.getBoundingClientRect(), node = active.getBoundingClientRect();
    const room = Math.min(120, seen.width / 4);
    const aside = node.left < seen.left || node.right > seen.right;
    const below = node.top < seen.top + 48 || node.bottom > seen.bottom;
    if (!aside && !below) return;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches || Date.now() - moved < CALM;
    moved = Date.now();
    drawing.scrollTo({
      left: aside ? drawing.scrollLeft + node.left - seen.left - room : drawing.scrollLeft,
      top: below ? drawing.scrollTop + node.top - seen.top - 64 : drawing.scrollTop,
      behavior: still ? "auto" : "smooth",
    });
  }

  const MOVES = /^(Arrow|Page|Home$|End$| $)/; // keys that scroll or lead on
  function stopFollowing(event) {
    if (!follows || (event.key && !MOVES.test(event.key)) || !event.target.closest?.(".drawing[data-follow], .strip")) return;
    follows = false;
    show();
  }

  document.addEventListener("click", ({ target }) => {
    const button = target.closest?.("[data-zoom]");
    if (!button || !box()) return;
    const middle = [box().clientWidth / 2, box().clientHeight / 2];
    const wanted = { in: scale * STEP, out: scale / STEP, fit: fitting() };
    zoom(wanted[button.dataset.zoom], ...middle);
  });
  document.addEventListener("wheel", (event) => {
    const drawing = event.target.closest?.(".drawing");
    if (!drawing) return;
    if (!event.ctrlKey) return stopFollowing(event);
    event.preventDefault();
    const corner = drawing.getBoundingClientRect();
    zoom(scale * Math.exp(-event.deltaY / 300), event.clientX - corner.left, event.clientY - corner.top);
  }, { passive: false });
  for (const gesture of ["touchmove", "pointerdown", "keydown"]) document.addEventListener(gesture, stopFollowing, { passive: true });
  document.addEventListener("change", ({ target }) => {
    if (!target.matches?.("[data-drawing-follow]")) return;
    follows = target.checked;
    follow();
  });
  // Looking where a node is makes the browser lay the page out: not for every patch.
  document.addEventListener("celeriac:patched", () => {
    due = due || setTimeout(() => {
      due = null;
      follow();
    }, 300);
  });
  document.addEventListener("htmx:after:swap", show);
  document.addEventListener("done", () => {
    box()?.removeAttribute("data-follow");
    document.querySelector("[data-drawing-follow]")?.closest("label").remove();
  });
  // A drawing only a little wider than the page is made to fit; a wider one keeps its size and is scrolled.
  if (box() && fitting() > SMALLER) scale = fitting();
  show();
  follow();
})();
