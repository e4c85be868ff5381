// The line to the site: each question is signed; answers tell the server's time, by which the next one is dated.
(() => {
  "use strict";

  const terminal = globalThis.terminal;
  const place = document.querySelector("[data-terminal]");
  const LONGEST_MS = 15000;
  let offsetMs = 0;
  let identity;

  // Nobody knows whether the question got through: the answer is missing, not negative.
  class LineLost extends Error {}
  terminal.LineLost = LineLost;
  terminal.now = () => Date.now() + offsetMs;

  const isUp = (up) => {
    for (const sign of document.querySelectorAll("[data-line]")) sign.hidden = (sign.dataset.line === "up") !== up;
  };

  terminal.identity = async () => {
    identity ??= await terminal.keep.get("identity");
    return identity;
  };
  terminal.become = async (known) => {
    identity = known;
    await terminal.keep.put("identity", known);
  };
  terminal.forget = async () => {
    identity = undefined;
    await terminal.keep.wipe();
  };

  const send = async (path, body, headers) => {
    let answer;
    let found;
    try {
      answer = await fetch(path, {
        method: "POST",
        body,
        headers: { "Content-Type": "application/json", ...headers },
        credentials: "omit",
        cache: "no-store",
        redirect: "error",
        signal: AbortSignal.timeout(LONGEST_MS),
      });
      found = await answer.json();
    } catch {
      isUp(false);
      throw new LineLost();
    }
    isUp(true);
    const served = Number(answer.headers.get("X-Server-Time"));
    if (served) offsetMs = served - Date.now();
    if (answer.status >= 500) throw new LineLost();
    return { ok: answer.ok, status: answer.status, ...found };
  };

  // A question without a signature: the enrolment only.
  terminal.askUnsigned = (act, given) => send(place.dataset.api + act, JSON.stringify(given), {});

  terminal.ask = async (act, given = {}) => {
    const path = new URL(place.dataset.api + act, location.href).pathname;
    const body = JSON.stringify(given);
    const known = await terminal.identity();
    const once = async () => send(path, body, await terminal.signed(known, path, body, Math.round(terminal.now())));
    let answer = await once();
    // The answer has just set the clock right, and what was refused for its time was not carried out.
    if (answer.code === "cards.terminal_clock_differs") answer = await once();
    if (answer.wipe) {
      await terminal.forget();
      terminal.onRevoked(answer.message);
      return new Promise(() => {});
    }
    // The browser sent the same bytes twice: what became of the first is in an answer that got lost.
    if (answer.code === "cards.terminal_request_replayed") throw new LineLost();
    return answer;
  };
  terminal.onRevoked = () => {};

  const clock = document.querySelector("[data-clock]");
  const words = new Intl.DateTimeFormat("ja-JP", {
    hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23", timeZone: "Asia/Tokyo",
  });
  setInterval(() => { if (clock) clock.textContent = words.format(terminal.now()); }, 1000);
  addEventListener("online", () => isUp(true));
  addEventListener("offline", () => isUp(false));
})();
