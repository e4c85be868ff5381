// The checking page: asks every 2 s what became of the payment, and after 30 s asks for the end of it.
// <form method="post" data-checking> … the same address answers 204 (not yet) or where to go.
(() => {
  "use strict";

  const EVERY_MS = 2000;
  const LONGEST_MS = 30000;
  const form = document.querySelector("form[data-checking]");
  if (!form) return;
  const startedAt = Date.now();

  async function ask() {
    try {
      const answer = await fetch(location.href, { headers: { "X-Requested-With": "poll" }, redirect: "error" });
      if (answer.status === 200) {
        const found = await answer.json();
        location.replace(found.location);
        return;
      }
    } catch {
      // The line is still down; the next question may get through.
    }
    if (Date.now() - startedAt < LONGEST_MS) setTimeout(ask, EVERY_MS);
    else form.requestSubmit();
  }

  setTimeout(ask, EVERY_MS);
})();
