// The amount page: large keys instead of the phone's number pad, and the balance that would remain.
// <input data-amount data-balance="12480"> … <output data-remain> … {% include "components/keypad.html" %}
(() => {
  "use strict";

  const MOST_DIGITS = 9;
  const input = document.querySelector("[data-amount]");
  if (!input) return;
  const remain = document.querySelector("[data-remain]");
  const balance = Number(input.dataset.balance);
  const digitsOf = (text) => text.normalize("NFKC").replace(/\D/g, "").replace(/^0+/, "").slice(0, MOST_DIGITS);
  const grouped = (number) => number.toLocaleString("ja-JP");

  const show = (digits) => {
    input.value = digits ? grouped(Number(digits)) : "";
    if (!remain) return;
    const left = balance - Number(digits || 0);
    remain.textContent = left < 0 ? `${grouped(-left)}足りません` : grouped(left);
    remain.classList.toggle("is-short", left < 0);
  };

  let composing = false;
  input.addEventListener("compositionstart", () => { composing = true; });
  input.addEventListener("compositionend", () => { composing = false; show(digitsOf(input.value)); });
  input.addEventListener("input", () => { if (!composing) show(digitsOf(input.value)); });

  const template = document.querySelector(`template[data-keypad-for="${input.id}"]`);
  if (template) {
    input.inputMode = "none";
    template.after(template.content);
    document.querySelector(".keypad").addEventListener("click", (event) => {
      const key = event.target.closest("[data-key]")?.dataset.key;
      if (key === undefined) return;
      const digits = digitsOf(input.value);
      if (key === "clear") show("");
      else if (key === "erase") show(digits.slice(0, -1));
      else show(digitsOf(digits + key));
    });
  }
  // What was refused stays as it was typed: "12.5" must never turn into 125 by itself.
  if (/^[\d,]*$/.test(input.value)) show(digitsOf(input.value));

  // The clerk types: the page turns round, so that both read it without handing the phone over.
  const turn = document.querySelector("[data-turn]");
  const page = document.getElementById("main");
  turn?.addEventListener("click", () => {
    page.classList.toggle("is-turned");
    const words = turn.querySelector("span");
    [words.textContent, turn.dataset.turned] = [turn.dataset.turned, words.textContent];
    scrollTo(0, 0);
  });
})();
