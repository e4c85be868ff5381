// A live list: asks every 2 s while somebody is looking, else every 30 s; 204 means nothing new.
// <div data-poll="/store/today/updates" data-after="1234"> is replaced by the answer's element of the same kind.
(() => {
  "use strict";

  const FAST_MS = 2000;
  const SLOW_MS = 30000;
  const AWAY_MS = 900000;
  let place = document.querySelector("[data-poll]");
  if (!place) return;
  let lastAct = Date.now();
  let timer;

  const isWatched = () => document.visibilityState === "visible" && Date.now() - lastAct < AWAY_MS;
  const plan = () => {
    clearTimeout(timer);
    timer = setTimeout(ask, isWatched() ? FAST_MS : SLOW_MS);
  };

  const put = (html) => {
    const fresh = new DOMParser().parseFromString(html, "text/html").querySelector("[data-poll]");
    if (!fresh) return;
    // What a reader is using is never taken away from under the finger.
    if (place.contains(document.activeElement)) return;
    place.replaceWith(fresh);
    place = fresh;
  };

  const say = (ok) => {
    for (const line of document.querySelectorAll("[data-poll-state]")) {
      line.hidden = line.dataset.pollState !== (ok ? "live" : "offline");
    }
  };

  async function ask() {
    try {
      const url = new URL(place.dataset.poll, location.href);
      url.searchParams.set("after", place.dataset.after ?? "");
      const answer = await fetch(url, { headers: { "X-Requested-With": "poll" }, redirect: "error" });
      if (answer.status === 200) put(await answer.text());
      say(answer.ok);
    } catch {
      say(false);
    }
    plan();
  }

  for (const name of ["pointerdown", "keydown", "scroll"]) {
    addEventListener(name, () => {
      const wasAway = !isWatched();
      lastAct = Date.now();
      if (wasAway) ask();
    }, { passive: true });
  }
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") { lastAct = Date.now(); ask(); } else plan();
  });
  plan();
})();
