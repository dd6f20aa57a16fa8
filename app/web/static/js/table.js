// Tables by keyboard: ↑ ↓ Home End walk rows, Enter opens, Space ticks, / filters, e exports. Filters ask the server as one
// types, and what is typed meanwhile is not lost. Boards and lists (data-walk) are walked with the same arrows.

const on = (type, act, capture = false) => document.addEventListener(type, act, capture);
const rowsOf = (table) => [...table.querySelectorAll("[data-row]")];
const ticksOf = (table) => [...table.querySelectorAll("[data-tick]")];
const typing = (node) => node.matches("input:not([type=radio], [type=checkbox]), select, textarea");
const inView = (node) =>
  node.offsetParent && node.getBoundingClientRect().top < innerHeight && node.getBoundingClientRect().bottom > 0;
const firstTable = () => [...document.querySelectorAll("[data-table]")].find(inView);

function goTo(row) {
  if (!row) return;
  for (const other of rowsOf(row.closest("[data-table]"))) other.tabIndex = -1;
  row.tabIndex = 0;
  row.focus();
  row.scrollIntoView({ block: "nearest" });
}

// ── ticking
let lastTicked = null;

function tick(row, ticked) {
  const box = row?.querySelector("[data-tick]");
  if (box) box.checked = ticked ?? !box.checked;
}

const grosze = (text) => {
  const [whole, part = ""] = text.split(".");
  return BigInt(whole + part.padEnd(2, "0").slice(0, 2));
};
const pln = (sum) => {
  const digits = String(sum < 0n ? -sum : sum).padStart(3, "0");
  return `${sum < 0n ? "−" : ""}${digits.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, "\u202f")},${digits.slice(-2)}`;
};

function sums(rows) {
  const found = new Map();
  const shown = rows.flatMap((row) => [...row.querySelectorAll("[data-sum]")]).filter((cell) => cell.offsetParent);
  for (const cell of shown) {
    found.set(cell.dataset.label, (found.get(cell.dataset.label) ?? 0n) + grosze(cell.dataset.sum));
  }
  return [...found].map(([label, sum]) => `${label} ${pln(sum)}`).join(" · ");
}

function count(table, every = false) {
  const [bulk, all] = [table.querySelector("[data-bulk]"), table.querySelector("[data-tick-all]")];
  if (!bulk || !all) return;
  const boxes = ticksOf(table);
  const ticked = boxes.filter((box) => box.checked);
  for (const box of boxes) box.closest("[data-row]").classList.toggle("is-ticked", box.checked);
  all.checked = ticked.length > 0 && ticked.length === boxes.length;
  all.indeterminate = ticked.length > 0 && !all.checked;
  bulk.hidden = !ticked.length;
  bulk.querySelector("[data-bulk-all]").value = every ? "1" : "";
  const words = bulk.querySelector("[data-bulk-count]");
  words.textContent = every
    ? `Zaznaczone wszystkie: ${Number(words.dataset.total).toLocaleString("pl")}`
    : `Zaznaczone: ${ticked.length}`;
  bulk.querySelector("[data-bulk-sums]").textContent = every
    ? ""
    : sums(ticked.map((box) => box.closest("[data-row]")));
  const more = bulk.querySelector("[data-bulk-every]");
  if (more) more.hidden = every || ticked.length < boxes.length;
}

on("change", ({ target }) => {
  const table = target.closest?.("[data-table]");
  if (!table) return;
  if (target.matches("[data-tick-all]")) for (const box of ticksOf(table)) box.checked = target.checked;
  if (target.matches("[data-tick-all], [data-tick]")) count(table);
  if (target.matches("select[data-filter]")) ask(target, 0);
});

on("click", (event) => {
  const table = event.target.closest?.("[data-table]");
  if (!table) return;
  const hit = (selector) => event.target.closest(selector);
  const box = hit("[data-tick]");
  if (box) {
    const boxes = ticksOf(table);
    const [from, to] = [boxes.indexOf(lastTicked), boxes.indexOf(box)];
    if (event.shiftKey && from >= 0)
      for (const one of boxes.slice(Math.min(from, to), Math.max(from, to) + 1)) one.checked = box.checked;
    lastTicked = box;
    count(table);
  }
  if (hit("[data-bulk-every]")) count(table, true);
  if (hit("[data-bulk-clear]")) {
    for (const one of ticksOf(table)) one.checked = false;
    count(table);
    goTo(table.querySelector("[data-row][tabindex='0']"));
  }
  if (hit("[data-filter-toggle]")) {
    const shown = document.body.classList.toggle("is-filtering");
    hit("[data-filter-toggle]").setAttribute("aria-expanded", String(shown));
  }
  if (hit("a[data-open]")) remember(table, hit("[data-row]"));
  if (hit("[data-row]") && !hit("a, input, button, label") && !String(getSelection())) goTo(hit("[data-row]"));
});
on(
  "dblclick",
  ({ target }) =>
    !target.closest?.("a, input, button") && target.closest?.("[data-row]")?.querySelector("a[data-open]")?.click(),
);

// ── the place is kept: opened rows are found again after „back”
const placeOf = (table) => `mg-place:${location.pathname}${location.search}#${table.id}`;
const nameOf = (row) => row.dataset.key ?? String(rowsOf(row.closest("[data-table]")).indexOf(row));

function remember(table, row) {
  if (row) sessionStorage.setItem(placeOf(table), nameOf(row));
}

addEventListener("pageshow", () => {
  for (const table of document.querySelectorAll("[data-table]")) {
    const name = sessionStorage.getItem(placeOf(table));
    sessionStorage.removeItem(placeOf(table));
    if (performance.getEntriesByType("navigation")[0]?.type === "back_forward")
      goTo(rowsOf(table).find((row) => nameOf(row) === name));
    count(table); // a reloaded page may come with boxes already ticked
  }
});

// ── filters
let later;

function ask(filter, after) {
  clearTimeout(later);
  later = setTimeout(() => filter.isConnected && filter.form.requestSubmit(), after);
}

let kept = null; // what is being typed while a table is exchanged

on("input", ({ target }) => target.matches?.("input[data-filter]") && ask(target, 350));
on("htmx:configRequest", ({ detail }) => {
  if (!detail.elt.matches("[data-filters]")) return;
  for (const [name, value] of [...new FormData(detail.elt)]) if (!value) delete detail.parameters[name];
});
on(
  "htmx:beforeRequest",
  ({ detail }) => detail.target?.matches?.("[data-table]") && detail.target.classList.add("is-reading"),
);
on("htmx:afterRequest", ({ detail }) => detail.target?.classList?.remove("is-reading"));
on("htmx:beforeSwap", ({ detail }) => {
  const here = document.activeElement;
  kept =
    detail.target?.matches?.("[data-table]") && here?.matches("input[data-filter]")
      ? { id: here.id, value: here.value }
      : null;
});
on("htmx:afterSettle", ({ target: table }) => {
  if (!table.matches?.("[data-table]")) return;
  const filter = kept && document.getElementById(kept.id);
  if (filter && filter.value !== kept.value) {
    filter.value = kept.value;
    ask(filter, 350);
  }
  kept = null;
  table
    .querySelector("[data-filter-toggle]")
    ?.setAttribute("aria-expanded", String(document.body.classList.contains("is-filtering")));
  const voice = document.getElementById("mg-voice");
  if (voice) voice.textContent = table.querySelector("[data-table-count]")?.textContent ?? "";
  if (document.activeElement === document.body) table.querySelector(".mg-frame")?.focus({ preventScroll: true });
});

// ── keys
function inFilter(event, filter) {
  if (event.key === "ArrowDown" && filter.matches("input")) {
    event.preventDefault();
    goTo(filter.closest("[data-table]").querySelector("[data-row][tabindex='0']"));
  } else if (event.key === "Escape" && filter.value) {
    event.preventDefault();
    filter.value = "";
    ask(filter, 0);
  }
}

function inRow(event, row) {
  const rows = rowsOf(row.closest("[data-table]"));
  const here = rows.indexOf(row);
  const next = {
    ArrowDown: here + 1,
    ArrowUp: here - 1,
    Home: 0,
    End: rows.length - 1,
    PageDown: Math.min(here + 10, rows.length - 1),
    PageUp: Math.max(here - 10, 0),
  }[event.key];
  if (next !== undefined) {
    event.preventDefault();
    if (event.shiftKey) {
      tick(row, true);
      tick(rows[next], true);
      count(row.closest("[data-table]"));
    }
    goTo(rows[next]);
  } else if (event.target === row && event.key === " ") {
    event.preventDefault();
    tick(row);
    count(row.closest("[data-table]"));
  } else if (event.target === row && event.key === "Enter") {
    event.preventDefault();
    row.querySelector("a[data-open]")?.click();
  }
}

function walk(event, from, walked) {
  const links = [...walked.querySelectorAll("a")];
  const cell = from.closest("td, th");
  let next = null;
  if (walked.dataset.walk === "grid" && cell) {
    const [row, step] = [cell.parentElement, { ArrowLeft: -1, ArrowRight: 1 }[event.key]];
    const beside = { ArrowUp: row.previousElementSibling, ArrowDown: row.nextElementSibling }[event.key];
    next = step ? links[links.indexOf(from) + step] : beside?.cells[cell.cellIndex]?.querySelector("a");
  } else next = links[links.indexOf(from) + ({ ArrowDown: 1, ArrowUp: -1 }[event.key] ?? NaN)];
  if (!next) return;
  event.preventDefault();
  for (const link of links) link.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
}

on("keydown", (event) => {
  if (
    event.defaultPrevented ||
    event.ctrlKey ||
    event.metaKey ||
    event.altKey ||
    document.querySelector("dialog[open]")
  )
    return;
  const { target } = event;
  if (target.matches("[data-filter]")) return inFilter(event, target);
  if (typing(target) || target.closest("details[data-menu]")) return;
  const row = target.closest("[data-row]");
  const table = target.closest("[data-table]") || firstTable();
  const walked = target.closest("[data-walk]");
  if (row) inRow(event, row);
  else if (walked && target.matches("a")) walk(event, target, walked);
  else if (table && /^Arrow(Down|Up)$/.test(event.key) && target.matches("body, main, .mg-frame")) {
    event.preventDefault();
    goTo(table.querySelector("[data-row][tabindex='0']"));
  }
  if (event.defaultPrevented || !table) return;
  const first = event.key === "/" && table.querySelector("[data-filter]");
  const menu = event.key === "e" && table.querySelector("[data-export]");
  if (first) {
    event.preventDefault();
    if (!first.offsetParent) table.querySelector("[data-filter-toggle]").click();
    first.focus();
  } else if (menu) {
    event.preventDefault();
    menu.open = true;
    menu.querySelector("a").focus();
  }
});

// one stop of the Tab key for a whole board or list; the current item, else the first
function oneStop(root) {
  for (const walked of root.querySelectorAll?.("[data-walk]") ?? []) {
    const links = [...walked.querySelectorAll("a")];
    for (const link of links) link.tabIndex = -1;
    const current = links.find((link) => link.hasAttribute("aria-current")) || links[0];
    if (current) current.tabIndex = 0;
  }
}

// a board that is refreshed by itself keeps its place: where it was scrolled to and the cell that was walked to
let walkedTo = [];

on("htmx:beforeSwap", ({ detail }) => {
  walkedTo = [...(detail.target?.querySelectorAll?.("[data-walk][id]") ?? [])].map((walked) => ({
    id: walked.id,
    scrolled: [walked.scrollLeft, walked.scrollTop],
    here: [...walked.querySelectorAll("a")].indexOf(document.activeElement),
  }));
});
on("htmx:afterSwap", () => {
  oneStop(document);
  for (const { id, scrolled, here } of walkedTo.splice(0)) {
    const walked = document.getElementById(id);
    const links = [...(walked?.querySelectorAll("a") ?? [])];
    walked?.scrollTo(...scrolled);
    if (!links[here]) continue;
    for (const link of links) link.tabIndex = link === links[here] ? 0 : -1;
    links[here].focus({ preventScroll: true });
  }
});

oneStop(document);
for (const list of document.querySelectorAll(".mg-split-list")) {
  const current = list.querySelector("[aria-current]");
  if (current) list.scrollTop = current.offsetTop - list.clientHeight / 2;
}
