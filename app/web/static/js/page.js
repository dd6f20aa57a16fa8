// What every page does: look and menus, toasts, answers of the server that failed, copying, printing, keys of the page.
// The modules share nothing but the document: a toast is asked for by the event "toast" with {text, kind}.

const on = (type, act, capture = false) => document.addEventListener(type, act, capture);
const keep = (name, value) => {
  try {
    if (value) localStorage.setItem(name, value);
    else localStorage.removeItem(name);
  } catch {
    // storage may be forbidden; the look then lasts as long as the page
  }
  dispatchEvent(new Event("mg-look"));
};
const kept = (name) => {
  try {
    return localStorage.getItem(name) || "";
  } catch {
    return "";
  }
};
const toast = (text, kind = "info") =>
  document.body.dispatchEvent(new CustomEvent("toast", { detail: { text, kind }, bubbles: true }));

// ── look
const THEMES = { "": "jak w systemie", light: "jasny", dark: "ciemny" };
const DENSITIES = { "": "zwarta", comfortable: "luźna" };
const following = (names, current) =>
  Object.keys(names)[(Object.keys(names).indexOf(current) + 1) % Object.keys(names).length];

function nameTheLook() {
  for (const node of document.querySelectorAll("[data-theme-name]")) node.textContent = THEMES[kept("mg-theme")];
  for (const node of document.querySelectorAll("[data-density-name]")) node.textContent = DENSITIES[kept("mg-density")];
  for (const node of document.querySelectorAll("[data-columns-all]"))
    node.setAttribute("aria-pressed", String(kept("mg-columns") === "all"));
  const folded = document.documentElement.hasAttribute("data-menu-folded");
  for (const node of document.querySelectorAll("[data-menu-fold]")) {
    node.setAttribute("aria-pressed", String(folded));
    node.title = folded ? "Rozwiń menu" : "Zwiń menu do ikon";
  }
}

function showSide(open) {
  const side = document.getElementById("mg-side");
  const opener = document.querySelector("[data-menu-open]");
  if (!side || side.classList.contains("is-open") === open) return;
  side.classList.toggle("is-open", open);
  opener.setAttribute("aria-expanded", String(open));
  if (open) side.querySelector("a")?.focus();
  else opener.focus();
}

// ── menus (details that close themselves)
const openMenus = () => [...document.querySelectorAll("details[data-menu][open]")];

function placeMenu(menu) {
  menu.classList.remove("is-end");
  const list = menu.querySelector(".mg-menu-list");
  if (list.getBoundingClientRect().right > innerWidth - 8) menu.classList.add("is-end");
}

function walkMenu(event, menu) {
  const items = [...menu.querySelectorAll(".mg-menu-list :is(a, button)")].filter((item) => item.offsetParent);
  const here = items.indexOf(document.activeElement);
  const next = { ArrowDown: here + 1, ArrowUp: here < 0 ? items.length - 1 : here - 1, Home: 0, End: items.length - 1 }[
    event.key
  ];
  if (next === undefined || !items.length) return;
  event.preventDefault();
  menu.open = true;
  items[(next + items.length) % items.length].focus();
}

// ── toasts
const ICONS = { success: "circle-check", info: "info-circle", warning: "alert-triangle", danger: "alert-circle" };

function leave(node) {
  if (node.classList.contains("is-danger")) return; // what went wrong stays until it is read
  const wait = () => setTimeout(() => (node.matches(":hover, :focus-within") ? wait() : node.remove()), 6000);
  wait();
}

on("toast", ({ detail }) => {
  const node = document.getElementById("mg-toast-template").content.firstElementChild.cloneNode(true);
  const kind = ICONS[detail.kind] ? detail.kind : "info";
  node.className = `mg-toast is-${kind}`;
  const use = node.querySelector("use");
  use.setAttribute("href", use.getAttribute("href").replace(/#.*/, `#${ICONS[kind]}`));
  node.querySelector("[data-toast-text]").textContent = detail.text;
  document.getElementById("mg-toasts").append(node);
  leave(node);
});

// ── the server did not do it
const TROUBLE = {
  400: "Serwer nie zrozumiał tego polecenia. Odśwież stronę i spróbuj ponownie.",
  401: "Sesja wygasła. Zaloguj się ponownie w nowej karcie; to, co jest tu wpisane, zostanie.",
  403: "Nie masz uprawnienia do tej czynności.",
  404: "Tego już tu nie ma. Odśwież stronę, żeby zobaczyć stan obecny.",
  409: "Ktoś zmienił to w międzyczasie. Odśwież stronę i sprawdź, zanim zapiszesz.",
  413: "Plik jest za duży.",
  429: "Zbyt wiele poleceń w krótkim czasie. Poczekaj minutę i spróbuj ponownie.",
  503: "System jest przez chwilę niedostępny. Spróbuj ponownie za minutę.",
};

on("htmx:responseError", ({ detail: { xhr } }) => {
  if (/"toast"/.test(xhr.getResponseHeader("HX-Trigger") || "")) return; // the server has said it better
  toast(
    TROUBLE[xhr.status] || "Coś się nie udało po naszej stronie. Dane są bezpieczne; spróbuj ponownie za chwilę.",
    "danger",
  );
});
on("htmx:sseClose", ({ target, detail }) => {
  // a run is over: what came of it is on the page, not in the stream
  if (detail.type === "message" && target.closest("[data-reload-when-over]")) location.reload();
});
on("htmx:sendError", () => toast("Nie ma połączenia z serwerem. Sprawdź sieć i spróbuj ponownie.", "danger"));
on("htmx:configRequest", ({ detail }) => {
  if (detail.verb === "get" || detail.parameters._csrf_token) return;
  const token = document.querySelector("input[name=_csrf_token]")?.value;
  if (token) detail.headers["X-CSRFToken"] = token;
});

// ── clicks
on(
  "click",
  (event) => {
    const aside = event.ctrlKey || event.metaKey || event.shiftKey;
    if (aside && event.target.closest?.("a[hx-get]")) event.stopImmediatePropagation(); // a new tab, as everywhere
  },
  true,
);

on("click", (event) => {
  const hit = (selector) => event.target.closest?.(selector);
  for (const menu of openMenus()) if (!menu.contains(event.target)) menu.open = false;
  if (hit("[data-theme-switch]")) keep("mg-theme", following(THEMES, kept("mg-theme")));
  if (hit("[data-density-switch]")) keep("mg-density", following(DENSITIES, kept("mg-density")));
  if (hit("[data-menu-fold]")) keep("mg-menu", kept("mg-menu") ? "" : "folded");
  if (hit("[data-columns-all]")) keep("mg-columns", kept("mg-columns") ? "" : "all");
  if (hit("[data-theme-switch], [data-density-switch], [data-menu-fold], [data-columns-all]")) nameTheLook();
  if (hit("[data-menu-open]")) showSide(true);
  if (hit("[data-menu-close]")) showSide(false);
  hit("[data-toast-close]")?.closest("[data-toast]").remove();
  const copied = hit("[data-copy]");
  if (copied)
    navigator.clipboard.writeText(copied.dataset.copy).then(
      () => toast(copied.dataset.copied || "Skopiowano.", "success"),
      () => toast("Przeglądarka nie pozwoliła skopiować.", "warning"),
    );
  if (hit("[data-print]") && !hit("#mg-explain")) print();
});

on(
  "toggle",
  (event) => {
    if (!event.target.matches("details[data-menu]") || !event.target.open) return;
    for (const menu of openMenus()) if (menu !== event.target && !menu.contains(event.target)) menu.open = false;
    placeMenu(event.target);
  },
  true,
);
on("focusin", (event) => {
  for (const menu of openMenus()) if (!menu.contains(event.target)) menu.open = false;
});

// ── keys
function ownShortcut(key) {
  return [...document.querySelectorAll("[data-shortcut]")].find(
    (node) => node.offsetParent && node.dataset.shortcut.toLowerCase() === key.toLowerCase(),
  );
}

on("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing) return;
  const menu = event.target.closest?.("details[data-menu]");
  if (event.key === "Escape") {
    for (const open of openMenus()) {
      open.open = false;
      open.querySelector("summary").focus();
      event.preventDefault();
    }
    showSide(false);
    return;
  }
  if (menu) return walkMenu(event, menu);
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.target.matches("input:not([type=radio], [type=checkbox]), select, textarea")) return;
  if (event.key === "Enter" && event.target.closest("a, button, summary, [data-row]")) return;
  const owner = ownShortcut(event.key);
  if (!owner) return;
  event.preventDefault();
  owner.click();
  owner.control?.focus();
});

nameTheLook();
on("htmx:afterSwap", nameTheLook);
document.querySelectorAll("#mg-toasts [data-toast]").forEach(leave);
