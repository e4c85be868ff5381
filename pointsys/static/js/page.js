// Every page: errors are read first, and an open menu closes again. Nothing here is needed to use a page.
(() => {
  "use strict";

  const summary = document.querySelector("[data-error-summary]");
  if (summary) summary.focus();

  // A link to a field moves the focus into it, not only the page to it.
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-error-summary] a[href^='#']");
    const field = link && document.getElementById(link.hash.slice(1));
    if (!field) return;
    event.preventDefault();
    field.scrollIntoView({ block: "center" });
    field.focus({ preventScroll: true });
  });

  const openMenus = () => document.querySelectorAll("details[data-menu][open]");
  document.addEventListener("click", (event) => {
    for (const menu of openMenus()) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of openMenus()) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });

  // A second press of the same button sends nothing: the server would answer it alike, but slower.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post" || form.dataset.many !== undefined) return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "1";
    // What takes long says that it is at work.
    const busy = form.querySelector("[data-busy]");
    if (busy) busy.hidden = false;
  });
  addEventListener("pageshow", (event) => {
    if (event.persisted) for (const form of document.forms) {
      delete form.dataset.sent;
      const busy = form.querySelector("[data-busy]");
      if (busy) busy.hidden = true;
    }
  });

  for (const button of document.querySelectorAll("[data-print]")) {
    button.addEventListener("click", () => print());
  }
})();
