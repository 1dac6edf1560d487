// A link with data-line and data-column leads to that place in the text area its href names, counting from 1.
// The server found the mistake; here it is only pointed at.
(() => {
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[data-line]");
    if (!link) return;
    const area = document.querySelector(link.hash);
    if (!area?.setSelectionRange) return;
    event.preventDefault();
    const place = offset(area.value, Number(link.dataset.line), Number(link.dataset.column));
    area.focus();
    area.setSelectionRange(place, Math.min(place + 1, area.value.length));
  });

  // The invalid state follows the mistakes that the server has just sent.
  document.addEventListener("htmx:after:swap", () => {
    for (const field of document.querySelectorAll("form[data-select-mistake] .input")) {
      if (document.querySelector(`#mistakes a[href="#${field.id}"]`)) field.setAttribute("aria-invalid", "true");
      else field.removeAttribute("aria-invalid");
    }
  });

  // Columns count characters, as the server does; JavaScript counts UTF-16 units.
  function offset(text, line, column) {
    const lines = text.split("\n");
    const before = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
    return before + [...(lines[line - 1] ?? "")].slice(0, column - 1).join("").length;
  }
})();
