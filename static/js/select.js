// Selection in the list of executions: a box for the whole page, ranges with Shift, and the count in the button.
// Only rows that can still be cancelled are counted there; the server decides again.
(() => {
  const ROWS = "tbody input[type=checkbox]";
  let last = null;

  document.addEventListener("click", (event) => {
    const box = event.target;
    const form = box.closest?.("form[data-select]");
    if (!form || !box.matches(ROWS)) return;
    if (event.shiftKey && last && last.isConnected) range(form, last, box);
    last = box;
    show(form);
  });

  document.addEventListener("change", (event) => {
    const form = event.target.closest?.("form[data-select]");
    if (!form) return;
    if (event.target.matches("[data-select-all]")) {
      for (const box of form.querySelectorAll(ROWS)) box.checked = event.target.checked;
    }
    show(form);
  });

  // Form values are reset after this event.
  document.addEventListener("reset", (event) => {
    if (event.target.matches("form[data-select]")) setTimeout(() => show(event.target));
  });

  // Rows change while they are watched: what was eligible may have ended.
  document.addEventListener("htmx:after:swap", () => document.querySelectorAll("form[data-select]").forEach(show));
  document.addEventListener("DOMContentLoaded", () => document.querySelectorAll("form[data-select]").forEach(show));

  function range(form, from, to) {
    const boxes = [...form.querySelectorAll(ROWS)];
    const [first, second] = [boxes.indexOf(from), boxes.indexOf(to)].sort((a, b) => a - b);
    for (const box of boxes.slice(first, second + 1)) box.checked = to.checked;
  }

  function show(form) {
    const boxes = [...form.querySelectorAll(ROWS)];
    const chosen = boxes.filter((box) => box.checked);
    const eligible = chosen.filter((box) => "active" in box.dataset).length;
    const all = form.querySelector("[data-select-all]");
    all.hidden = false;
    all.checked = boxes.length > 0 && chosen.length === boxes.length;
    all.indeterminate = chosen.length > 0 && !all.checked;
    form.querySelector("[data-selected]").textContent = chosen.length;
    const button = form.querySelector("[data-cancel-selected]");
    button.disabled = eligible === 0;
    button.querySelector("span").textContent = eligible ? `${button.dataset.word} ${eligible}` : button.dataset.none;
  }
})();
