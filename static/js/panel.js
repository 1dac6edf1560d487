// A step beside its execution: on a wide page a link to a step opens it in the panel and becomes the page's address; the
// cross, Esc and Back close it. Elsewhere, and without this script, the same address is a page that shows both.
(() => {
  const STEP = /^(\/executions\/[^/]+)\/steps\/[^/]+(?:\/items\/\d+)?$/;
  const OF_ONE_STEP = ["status", "offset"]; // parameters for its items; all others are for the view
  const WIDE = matchMedia("(width >= 1200px)");
  const page = () => document.getElementById("execution");
  const panel = () => document.getElementById("panel");
  const step = () => document.getElementById("step");
  const here = () => location.pathname + location.search;
  const target = (link) => new URL(link.getAttribute("href"), location.href); // in a drawing `href` is no text
  let shown = here();
  let opener = ""; // the path of the link that has opened the panel
  let asked = null; // the request under way

  function address({ pathname, searchParams = [], hash = "" }) {
    const query = new URLSearchParams(location.search);
    for (const name of OF_ONE_STEP) query.delete(name);
    for (const [name, value] of searchParams) query.set(name, value);
    return `${pathname}${query.size ? `?${query}` : ""}${hash}`;
  }

  function mark() {
    const open = step() && document.getElementById(`s-${step().dataset.step}`);
    for (const node of page().querySelectorAll("[id^=s-][aria-current]")) if (node !== open) node.removeAttribute("aria-current");
    open?.setAttribute("aria-current", "true");
  }

  function turned() {
    shown = here();
    mark();
    const title = document.title.split(" · ").slice(-2).join(" · ");
    document.title = step() ? `${step().dataset.title} · ${title}` : title;
    document.dispatchEvent(new CustomEvent("celeriac:panel"));
  }

  async function open() {
    const { href, hash } = location;
    asked?.abort();
    asked = new AbortController();
    const { signal } = asked;
    try {
      const reply = await fetch(href, { headers: { Accept: "text/html", "HX-Target": "section#panel" }, signal });
      const text = await reply.text();
      if (!reply.ok || !text.includes('id="step"')) return location.reload(); // the whole page says what is wrong
      document.documentElement.dataset.panel = 'opened'; // it slides in; one that was loaded with the page does not
      panel().replaceChildren();
      await htmx.swap({ text, target: panel(), swap: "beforeend", sourceElement: document.body });
    } catch (error) {
      if (!signal.aborted) location.reload();
      return;
    }
    turned();
    panel().scrollTop = 0;
    if (hash) document.querySelector(`#panel ${hash}`)?.scrollIntoView();
    document.getElementById("step-title").focus({ preventScroll: true });
  }

  function close() {
    asked?.abort();
    panel().replaceChildren();
    turned();
    [...page().querySelectorAll("a[href]")].find((link) => target(link).pathname === opener)?.focus();
  }

  function leave() {
    history.pushState(null, "", address({ pathname: STEP.exec(location.pathname)[1] }));
    close();
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("#execution a[href]");
    const plain = !(event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
    if (!link || !plain || !WIDE.matches) return;
    const to = target(link);
    const closes = link.matches("[data-close]");
    if (!closes && STEP.exec(to.pathname)?.[1] !== location.pathname.split("/").slice(0, 3).join("/")) return;
    event.preventDefault();
    if (closes) return leave();
    if (!link.closest("#panel")) opener = to.pathname;
    history.pushState(null, "", address(to));
    open();
  });

  document.addEventListener("keydown", (event) => {
    const types = event.target.closest?.("input, select, textarea");
    if (event.key === "Escape" && step() && WIDE.matches && !types && !event.defaultPrevented) leave();
  });

  addEventListener("popstate", () => {
    if (!page() || here() === shown) return; // only the place within the page has changed
    if (STEP.test(location.pathname)) open();
    else if (step()) close();
    else location.reload();
  });

  // A list that came with the stream knows nothing of what is open on this page.
  document.addEventListener("htmx:after:swap", () => page() && mark());
})();
