// The page of calls: keys for what the mouse would do. Every key is printed where it works.
(() => {
  "use strict";

  const form = document.querySelector("form[data-call]");
  if (!form) return;
  const off = document.querySelector("[data-keys-off]");
  off.checked = localStorage.getItem("desk-keys-off") === "1";
  off.addEventListener("change", () => localStorage.setItem("desk-keys-off", off.checked ? "1" : ""));
  const pick = (name, key) => {
    const choice = form.querySelector(`[name=${name}][data-key="${CSS.escape(key)}"]`);
    choice?.click();
    choice?.focus();
    return choice;
  };
  const go = (selector) => document.querySelector(selector)?.focus();
  const isTyping = (target) => target.matches("textarea, select, input:not([type=radio], [type=checkbox])");

  function act(event) {
    const digit = /^Digit(\d)$/.exec(event.code)?.[1];
    if (event.altKey && digit) {
      if (!pick("caller", digit)) return false;
      go("[name=top]:checked, [name=top]");
      return true;
    }
    if (event.altKey && event.code === "KeyT") return go("#id_lookup") ?? true;
    if (event.altKey && event.code === "KeyS") return go("[data-caller]") ?? true;
    if (event.ctrlKey && event.key === "Enter") return form.requestSubmit(form.querySelector("[data-finish]")) ?? true;
    if (/^F[678]$/.test(event.key)) return Boolean(pick("outcome", event.key));
    if (off.checked || event.altKey || event.ctrlKey || event.metaKey || isTyping(event.target)) return false;
    if (event.key === "/") return go("#find-all") ?? true;
    if (event.key === "?") return (document.getElementById("keys").open = true);
    if (event.key === "n") return location.assign(form.action) ?? true;
    return event.key.length === 1 && Boolean(pick("top", event.key));
  }
  document.addEventListener("keydown", (event) => {
    if (!event.isComposing && act(event)) event.preventDefault();
  });

  // A canned answer goes below what is there, without sending the page.
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-insert]");
    if (!button) return;
    event.preventDefault();
    const reply = document.getElementById("id_reply");
    reply.value = [reply.value, button.dataset.insert].filter(Boolean).join("\n");
    reply.focus();
  });
  document.querySelector(".hints a").addEventListener("click", () => { document.getElementById("keys").open = true; });
})();
