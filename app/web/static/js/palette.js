// Searchable lists in a dialog: Ctrl K searches everything, Ctrl J changes the unit. The server answers, arrows choose.

const KEYS = { k: "mg-search-dialog", j: "mg-switch-dialog" };
const on = (type, act) => document.addEventListener(type, act);
const options = (dialog) => [...dialog.querySelectorAll("[role=option]:not([aria-disabled])")];

function open(id) {
  const dialog = document.getElementById(id);
  if (!dialog) return false;
  for (const other of document.querySelectorAll("[data-palette][open]")) if (other !== dialog) other.close();
  if (!dialog.open) dialog.showModal();
  const input = dialog.querySelector("[role=combobox]");
  input.focus();
  input.select();
  input.dispatchEvent(new Event("palette"));
  return true;
}

function choose(dialog, chosen) {
  const input = dialog.querySelector("[role=combobox]");
  for (const option of options(dialog)) option.setAttribute("aria-selected", String(option === chosen));
  if (!chosen) return input.removeAttribute("aria-activedescendant");
  input.setAttribute("aria-activedescendant", chosen.id);
  chosen.scrollIntoView({ block: "nearest" });
}

on("click", (event) => {
  const opener = event.target.closest?.("[data-palette-open]");
  if (opener && !event.ctrlKey && !event.metaKey && open(opener.dataset.paletteOpen)) event.preventDefault();
});

on("keydown", (event) => {
  const plain = (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey;
  if (plain && KEYS[event.key.toLowerCase()] && open(KEYS[event.key.toLowerCase()])) return event.preventDefault();
  const dialog = event.target.matches?.("[data-palette] [role=combobox]") && event.target.closest("dialog");
  if (!dialog) return;
  const found = options(dialog);
  const here = found.findIndex((option) => option.getAttribute("aria-selected") === "true");
  const next = {
    ArrowDown: here + 1,
    ArrowUp: here - 1,
    PageDown: Math.min(here + 8, found.length - 1),
    PageUp: Math.max(here - 8, 0),
  }[event.key];
  if (next !== undefined && found.length) {
    event.preventDefault();
    choose(dialog, found[(next + found.length) % found.length]);
  } else if (event.key === "Enter" && !event.isComposing) {
    event.preventDefault();
    found[here]?.click();
  }
});

on("htmx:afterSwap", ({ target }) => {
  const dialog = target.closest?.("[data-palette]");
  if (!dialog) return;
  const found = options(dialog);
  found.forEach((option, position) => (option.id = `${dialog.id}-${position}`));
  const asked = dialog.querySelector("[role=combobox]").value;
  choose(dialog, (!asked && found.find((option) => "here" in option.dataset)) || found[0]);
});
