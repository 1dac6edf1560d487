// A button with data-copy="text", data-copy-from="#element" or data-copy-url="/address" copies that text and confirms it for a
// moment. Without the clipboard (plain http on another host) the text is selected, ready for the reader's own copy command,
// or fetched as a file.
(() => {
  const SHOWN = 1600;

  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.("[data-copy], [data-copy-from], [data-copy-url]");
    if (!button) return;
    const source = button.dataset.copyFrom ? document.querySelector(button.dataset.copyFrom) : null;
    try {
      if (!navigator.clipboard) throw new Error("there is no clipboard");
      await navigator.clipboard.writeText(source ? source.textContent : await textOf(button.dataset));
      say(button);
    } catch {
      if (source) getSelection().selectAllChildren(source);
      else if (button.dataset.copyUrl) location.assign(button.dataset.copyUrl);
    }
  });

  // Large values are not in the page, and small ones would change on their way through it.
  async function textOf({ copy, copyUrl }) {
    if (!copyUrl) return copy;
    const reply = await fetch(copyUrl);
    if (!reply.ok) throw new Error(`${copyUrl}: ${reply.status}`);
    return reply.text();
  }

  function say(button) {
    if (button.dataset.done) return;
    const word = button.querySelector("span");
    const before = word?.textContent;
    button.dataset.done = "1";
    if (word && button.dataset.copied) word.textContent = button.dataset.copied;
    setTimeout(() => {
      delete button.dataset.done;
      if (word && button.dataset.copied) word.textContent = before;
    }, SHOWN);
  }
})();
