// The panel that shows how an amount came about. The amount is a link: without scripts it opens the reckoning as a page.

const panel = document.getElementById("mg-explain");
const body = document.getElementById("mg-explain-body");
let opener = null;

function close() {
  if (!panel || panel.hidden) return;
  panel.hidden = true;
  opener?.setAttribute("aria-expanded", "false");
  if (opener?.isConnected) opener.focus();
  opener = null;
}

function skeleton() {
  const wait = document.getElementById("mg-explain-wait");
  body.replaceChildren(wait.content.cloneNode(true));
}

function words(article) {
  const lines = [
    ...article.querySelectorAll(
      "h2, h3, .mg-reckoning-result, dt, dd, .mg-step, .mg-formula, .mg-steps .mg-quiet, .mg-law, .mg-law-list li",
    ),
  ];
  return lines
    .map((node) => node.innerText.replace(/\s*\n\s*/g, " ").trim())
    .filter(Boolean)
    .join("\n");
}

if (panel) {
  document.addEventListener("htmx:beforeRequest", ({ detail }) => {
    if (detail.target !== body) return;
    opener?.setAttribute("aria-expanded", "false");
    opener = detail.elt;
    opener.setAttribute("aria-expanded", "true");
    skeleton();
    panel.hidden = false;
  });
  document.addEventListener("htmx:afterRequest", ({ detail }) => {
    if (detail.target !== body) return;
    if (!detail.successful) return close();
    body.scrollTop = 0;
    panel.focus();
  });
  panel.addEventListener("click", ({ target }) => {
    if (target.closest("[data-explain-close]")) close();
    if (target.closest("[data-print]")) {
      document.body.classList.add("is-printing-explain");
      print();
    }
    const article = body.querySelector("[data-reckoning]");
    if (target.closest("[data-explain-copy]") && article) {
      const said = (text, kind) =>
        document.body.dispatchEvent(new CustomEvent("toast", { detail: { text, kind }, bubbles: true }));
      navigator.clipboard.writeText(words(article)).then(
        () => said("Skopiowano wyliczenie.", "success"),
        () => said("Przeglądarka nie pozwoliła skopiować.", "warning"),
      );
    }
  });
  addEventListener("afterprint", () => document.body.classList.remove("is-printing-explain"));
  document.addEventListener("keydown", (event) => {
    if (
      event.key !== "Escape" ||
      event.defaultPrevented ||
      document.querySelector("dialog[open], details[data-menu][open]")
    )
      return;
    close();
  });
}
