// Forms lose nothing: what is typed is kept in this browser until it is sent, leaving asks first, amounts and dates are
// written properly on leaving the box, Ctrl Enter saves, a form is sent once. Passwords, files and hidden boxes are never kept.

const on = (type, act, capture = false) => document.addEventListener(type, act, capture);
const PREFIX = "mg-draft:";
const WEEK = 7 * 24 * 3600 * 1000;
const dirty = new Set();

const store = (key, value) => {
  try {
    if (value) localStorage.setItem(key, JSON.stringify(value));
    else localStorage.removeItem(key);
  } catch {
    // full or forbidden storage: the form works on without a draft
  }
};
const stored = (key) => {
  try {
    return JSON.parse(localStorage.getItem(key));
  } catch {
    return null;
  }
};
const draftKeys = () => {
  try {
    return Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));
  } catch {
    return [];
  }
};
const who = document.querySelector("[data-account]")?.dataset.account ?? ""; // drafts of one person are not another's
const keyOf = (form) => `${PREFIX}${who}:${location.pathname}#${form.dataset.draft}`;
const boxes = (form) =>
  [...form.elements].filter(
    (box) => box.name && !["password", "hidden", "file", "submit", "button"].includes(box.type),
  );

// ── drafts
function valuesOf(form) {
  const values = {};
  for (const box of boxes(form)) {
    if (["checkbox", "radio"].includes(box.type))
      values[box.name] = [...(values[box.name] ?? []), ...(box.checked ? [box.value] : [])];
    else values[box.name] = [box.value];
  }
  return values;
}

function fill(form, values) {
  for (const box of boxes(form)) {
    const typed = values[box.name];
    if (!typed) continue;
    if (["checkbox", "radio"].includes(box.type)) box.checked = typed.includes(box.value);
    else box.value = typed[0];
  }
}

function restore(form) {
  const key = keyOf(form);
  const draft = stored(key);
  if (!draft) return;
  if ("refused" in form.dataset) return store(key, { ...draft, sent: false }); // the page already shows what was sent
  const moved = performance.getEntriesByType("navigation")[0]?.type;
  if (draft.sent && moved === "navigate") return store(key, null); // the same form again, empty: the last one was saved
  const blank = JSON.stringify(valuesOf(form));
  fill(form, draft.values);
  if (JSON.stringify(valuesOf(form)) === blank) return;
  form.querySelector("[data-draft-note]").hidden = false;
  dirty.add(form);
}

function forgetOldAndSent() {
  const failed = document.body.classList.contains("mg-plain"); // an error or a log-in page came instead of an answer
  const here = new Set([...document.querySelectorAll("form[data-draft]")].map(keyOf));
  for (const key of draftKeys()) {
    const draft = stored(key);
    if (!draft || Date.now() - draft.at > WEEK || (draft.sent && !failed && !here.has(key))) store(key, null);
    else if (draft.sent && failed) store(key, { ...draft, sent: false });
  }
}

function keepDrafts() {
  for (const form of dirty) {
    if (form.dataset.draft) store(keyOf(form), { at: Date.now(), values: valuesOf(form), sent: false });
  }
}

let later;
let loggingOut = false;
on("input", ({ target }) => {
  loggingOut = false;
  const form = target.form;
  if (!form?.matches?.("[data-form]")) return;
  if (!form.querySelector("[type=password]")) dirty.add(form);
  if (!form.dataset.draft) return;
  clearTimeout(later);
  later = setTimeout(keepDrafts, 250);
});

addEventListener("pagehide", () => {
  if (loggingOut) for (const key of draftKeys()) store(key, null);
  else keepDrafts();
});

// ── sending
on("submit", (event) => {
  const form = event.target;
  loggingOut = "logout" in form.dataset; // drafts leave with the person, unless they stay after all
  if (event.defaultPrevented && !form.matches("[hx-post], [hx-put], [hx-patch], [hx-delete]")) return;
  if (form.method !== "post") return;
  if ("busy" in form.dataset) return event.preventDefault();
  form.dataset.busy = "";
  dirty.delete(form);
  clearTimeout(later);
  if (form.dataset.draft) store(keyOf(form), { at: Date.now(), values: valuesOf(form), sent: true });
  setTimeout(() => event.submitter?.classList.add("is-busy"));
  setTimeout(() => rest(form), 15000);
});

function rest(form) {
  delete form.dataset.busy;
  for (const button of form.querySelectorAll(".is-busy")) button.classList.remove("is-busy");
}

on("htmx:afterRequest", ({ detail }) => {
  if (!detail.elt.matches?.("form")) return;
  rest(detail.elt);
  if (detail.successful && detail.elt.dataset.draft) store(keyOf(detail.elt), null);
});
addEventListener("pageshow", (event) => event.persisted && document.querySelectorAll("form").forEach(rest));
addEventListener("beforeunload", (event) => {
  if ([...dirty].some((form) => form.isConnected)) event.preventDefault();
});

// ── amounts and dates, as people write them
function amount(text) {
  const written = text
    .trim()
    .replace(/[\s\u00a0\u202f\u2009]/g, " ")
    .replace("−", "-")
    .replace(/ ?(zł|PLN)$/, "");
  const found = /^(-?)(\d+|\d{1,3}(?: \d{3})+)(?:[.,](\d{1,2}))?$/.exec(written);
  if (!found) return null;
  const whole = found[2].replaceAll(" ", "").replace(/^0+(?=\d)/, "");
  return `${found[1]}${whole.replace(/\B(?=(\d{3})+$)/g, " ")},${(found[3] ?? "").padEnd(2, "0")}`;
}

function day(text) {
  const written = text.trim();
  const iso = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(written);
  const found = iso
    ? [iso[0], iso[3], iso[2], iso[1]]
    : /^(\d{1,2})[.\-/ ](\d{1,2})(?:[.\-/ ](\d{4}|\d{2}))?\.?$/.exec(written) ||
      /^(\d{2})(\d{2})(\d{4})$/.exec(written);
  if (!found) return null;
  const [d, m] = [Number(found[1]), Number(found[2])];
  const year = found[3] ? Number(found[3].padStart(4, "20")) : new Date().getFullYear();
  const real = new Date(Date.UTC(year, m - 1, d));
  if (real.getUTCDate() !== d || real.getUTCMonth() !== m - 1) return null;
  return `${String(d).padStart(2, "0")}.${String(m).padStart(2, "0")}.${year}`;
}

function complain(box, message) {
  const id = `${box.id}-typed`;
  document.getElementById(id)?.remove();
  const described = (box.getAttribute("aria-describedby") ?? "").split(" ").filter((one) => one && one !== id);
  if (message) {
    const words = Object.assign(document.createElement("p"), { id, className: "mg-field-error", textContent: message });
    box.closest(".mg-box").after(words);
    described.unshift(id);
    box.setAttribute("aria-invalid", "true");
  } else if (!document.getElementById(`${box.id}-error`)) box.removeAttribute("aria-invalid");
  if (described.length) box.setAttribute("aria-describedby", described.join(" "));
  else box.removeAttribute("aria-describedby");
}

on("focusout", ({ target, relatedTarget }) => {
  const read = target.matches?.("[data-amount]") ? amount : target.matches?.("[data-date]") ? day : null;
  if (!read) return;
  const written = target.value.trim() ? read(target.value) : "";
  if (written) target.value = written;
  if (relatedTarget?.matches?.("[type=submit]")) return; // the button must not move away under the click; the server says it
  const unread =
    read === amount
      ? "Nie rozumiem tej kwoty. Wpisz ją w postaci 1234,56."
      : "Nie rozumiem tej daty. Wpisz ją w postaci 03.06.2026.";
  complain(target, written === null ? unread : "");
});

// ── the tax of a net amount is proposed where none was typed; what a person typed is never changed
function taxOf(net, percent) {
  const grosze = BigInt(net.replace(/[ ,]/g, ""));
  const share = (grosze < 0n ? -grosze : grosze) * BigInt(percent);
  const tax = String((share + 50n) / 100n).padStart(3, "0");
  return amount(`${grosze < 0n ? "-" : ""}${tax.slice(0, -2)}.${tax.slice(-2)}`);
}

on("change", ({ target }) => {
  const pair = target.closest?.("[data-tax-rate]");
  if (!pair) return;
  const [net, tax] = pair.querySelectorAll("[data-amount]");
  if (target === tax) return;
  const written = amount(net.value);
  if (tax.value && !("proposed" in tax.dataset)) return;
  tax.value = written ? taxOf(written, pair.dataset.taxRate) : "";
  tax.dataset.proposed = "";
});

// a proposal is chosen whole when its box is entered, so that typing takes its place
const proposal = (target) => target.matches?.("[data-proposed]");
for (const type of ["focusin", "click"]) on(type, ({ target }) => proposal(target) && target.select());
on("input", ({ target }) => proposal(target) && delete target.dataset.proposed);

// ── keys, links of the summary, files
on("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  const forms = document.querySelectorAll("form[data-form]");
  const form = event.target.closest?.("form[data-form]") || (forms.length === 1 ? forms[0] : null);
  if (!form) return;
  event.preventDefault();
  document.activeElement?.blur?.();
  form.requestSubmit(form.querySelector("[data-save]") ?? form.querySelector("[type=submit]"));
});

on("click", (event) => {
  const link = event.target.closest?.("[data-summary] a[href^='#']");
  const box = link && document.getElementById(link.hash.slice(1));
  if (box) {
    event.preventDefault();
    box.focus();
  }
  const again = event.target.closest?.("[data-draft-drop]");
  if (again) {
    const form = again.closest("form");
    form.reset();
    store(keyOf(form), null);
    dirty.delete(form);
    form.querySelector("[data-draft-note]").hidden = true;
    boxes(form)[0]?.focus();
  }
});

const size = (bytes) =>
  bytes < 1e6
    ? `${Math.max(1, Math.round(bytes / 1e3))} kB`
    : `${(bytes / 1e6).toLocaleString("pl", { maximumFractionDigits: 1 })} MB`;
on("change", ({ target }) => {
  const list =
    target.matches?.("[data-drop] input[type=file]") && target.closest("[data-drop]").querySelector("[data-drop-list]");
  if (list)
    list.replaceChildren(
      ...[...target.files].map((file) =>
        Object.assign(document.createElement("li"), { textContent: `${file.name} · ${size(file.size)}` }),
      ),
    );
});
for (const [type, over] of [
  ["dragenter", true],
  ["dragover", true],
  ["dragleave", false],
  ["drop", false],
]) {
  on(type, ({ target }) => target.closest?.("[data-drop]")?.classList.toggle("is-over", over));
}

function begin() {
  forgetOldAndSent();
  document.querySelectorAll("form[data-draft]").forEach(restore);
  document.querySelector("[data-summary]")?.focus();
  const next = document.querySelector("[data-focus]"); // where a page that grew goes on
  if (next) document.getElementById(next.dataset.focus)?.focus();
}

begin();
on("htmx:afterSettle", ({ target }) => target.querySelector?.("[data-summary]")?.focus());
