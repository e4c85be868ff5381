// The amount page: large keys instead of the phone's number pad, and the balance that would remain.
// <input data-amount data-balance="12480"> … <output data-remain> … {% include "components/keypad.html" %}
(() => {
  "use strict";

  const MOST_DIGITS = 9;
  const input = document.querySelector("[data-amount]");
  if (!input) return;
  const remain = document.querySelector("[data-remain]");
  const balance = Number(input.dataset.balance);
  const UNITS = /(ポイント|円|件|\s)+$/;
  // The digits of an amount, or null: "12.5" and "-5" must never turn into 125 and 5 by themselves.
  const digitsOf = (text) => {
    const plain = text.normalize("NFKC").trim().replace(UNITS, "");
    if (!/^(\d[\d,、]*)?$/.test(plain)) return null;
    const digits = plain.replace(/[,、]/g, "").replace(/^0+/, "");
    return digits.length > MOST_DIGITS ? null : digits;
  };
  const grouped = (number) => number.toLocaleString("ja-JP");

  // What is no amount stays in the box as it was typed; the server then says what to write.
  const show = (text) => {
    const digits = digitsOf(text);
    if (digits === null) input.value = text;
    else input.value = digits ? grouped(Number(digits)) : "";
    if (!remain) return;
    const left = balance - Number(digits || 0);
    if (digits === null) remain.textContent = "－";
    else remain.textContent = left < 0 ? `${grouped(-left)}足りません` : grouped(left);
    remain.classList.toggle("is-short", digits !== null && left < 0);
  };

  let composing = false;
  input.addEventListener("compositionstart", () => { composing = true; });
  input.addEventListener("compositionend", () => { composing = false; show(input.value); });
  input.addEventListener("input", () => { if (!composing) show(input.value); });

  const template = document.querySelector(`template[data-keypad-for="${input.id}"]`);
  if (template) {
    input.inputMode = "none";
    template.after(template.content);
    document.querySelector(".keypad").addEventListener("click", (event) => {
      const key = event.target.closest("[data-key]")?.dataset.key;
      if (key === undefined) return;
      const typed = digitsOf(input.value) ?? input.value;
      if (key === "clear") show("");
      else if (key === "erase") show(typed.slice(0, -1));
      else if (!/^\d+$/.test(typed) || typed.length < MOST_DIGITS) show(typed + key);
    });
  }
  show(input.value);

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
