// Native dialogs: opening, closing, asking before something that cannot be taken back, and the sheet of keys.

const on = (type, act, capture = false) => document.addEventListener(type, act, capture);
const confirmed = new WeakSet();

function open(dialog) {
  if (dialog && !dialog.open) dialog.showModal();
}

// ── asking first: data-confirm on a form or on the button that sends it
on(
  "submit",
  (event) => {
    const form = event.target;
    const question = event.submitter?.dataset.confirm || form.dataset.confirm;
    if (!question) return;
    if (confirmed.delete(form)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const dialog = document.getElementById("mg-confirm");
    const yes = dialog.querySelector("[data-confirm-yes]");
    dialog.querySelector("#mg-confirm-text").textContent = question;
    yes.textContent = event.submitter?.dataset.confirmYes || form.dataset.confirmYes || "Tak";
    dialog.returnValue = "";
    dialog.addEventListener(
      "close",
      () => {
        if (dialog.returnValue !== "yes") return;
        confirmed.add(form);
        form.requestSubmit(event.submitter);
      },
      { once: true },
    );
    open(dialog);
  },
  true,
);

on("click", (event) => {
  const hit = (selector) => event.target.closest?.(selector);
  const opener = hit("[data-dialog-open]");
  if (opener) {
    event.preventDefault();
    open(document.getElementById(opener.dataset.dialogOpen));
  }
  if (hit("[data-keys-open]")) openKeys();
  if (hit("[data-dialog-close]")) hit("dialog").close();
  if (event.target.matches?.("dialog[open]") && outside(event.target, event)) event.target.close();
});

function outside(dialog, event) {
  const box = dialog.getBoundingClientRect();
  return event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom;
}

// ── keys: the sheet gains those of this page
function openKeys() {
  const dialog = document.getElementById("mg-keys");
  const here = dialog?.querySelector("[data-keys-here]");
  const owners = [...document.querySelectorAll("[data-shortcut]")].filter((node) => node.offsetParent);
  if (here) {
    here.hidden = !owners.length;
    here.querySelector("dl").replaceChildren(...owners.map(line));
  }
  open(dialog);
}

function line(owner) {
  const row = document.createElement("div");
  const [key, words] = [document.createElement("dt"), document.createElement("dd")];
  key.append(Object.assign(document.createElement("kbd"), { textContent: owner.dataset.shortcut }));
  words.textContent = owner.dataset.shortcutWords || owner.title || owner.textContent.trim();
  row.append(key, words);
  return row;
}

on("keydown", (event) => {
  if (event.key !== "?" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (
    event.target.matches("input:not([type=radio], [type=checkbox]), select, textarea") ||
    document.querySelector("dialog[open]")
  )
    return;
  if (!document.getElementById("mg-keys")) return;
  event.preventDefault();
  openKeys();
});
