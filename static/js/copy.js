// A button with data-copy="text" or data-copy-from="#element" copies that text and says so for a moment.
// Without the clipboard (plain http on another host) the text is selected, ready for the reader's own copy command.
(() => {
  const SHOWN = 1600;

  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.("[data-copy], [data-copy-from]");
    if (!button) return;
    const source = button.dataset.copyFrom ? document.querySelector(button.dataset.copyFrom) : null;
    const text = source ? source.textContent : button.dataset.copy;
    try {
      await navigator.clipboard.writeText(text);
      say(button);
    } catch {
      if (source) getSelection().selectAllChildren(source);
    }
  });

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
