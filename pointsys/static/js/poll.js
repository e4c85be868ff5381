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
    // News never waits for a reader; who stands on a link of the list stays on it.
    const heldId = place.contains(document.activeElement) ? document.activeElement.id : "";
    place.replaceWith(fresh);
    place = fresh;
    if (heldId) document.getElementById(heldId)?.focus({ preventScroll: true });
  };

  const say = (ok) => {
    for (const line of document.querySelectorAll("[data-poll-state]")) {
      line.hidden = line.dataset.pollState !== (ok ? "live" : "offline");
    }
  };

  const words = new Intl.DateTimeFormat("ja-JP", { timeStyle: "medium", timeZone: "Asia/Tokyo" });
  const showTime = (date) => {
    const now = Date.parse(date);
    if (Number.isNaN(now)) return;
    for (const clock of document.querySelectorAll("[data-poll-time]")) clock.textContent = words.format(now);
    for (const ago of document.querySelectorAll("[data-ago]")) {
      const seconds = Math.max(0, Math.round((now - Date.parse(ago.dateTime)) / 1000));
      ago.textContent = seconds < 60 ? `${seconds}秒前` : `${Math.floor(seconds / 60)}分前`;
    }
  };

  async function ask() {
    try {
      const url = new URL(place.dataset.poll, location.href);
      url.searchParams.set("after", place.dataset.after ?? "");
      const answer = await fetch(url, { headers: { "X-Requested-With": "poll" }, redirect: "error" });
      if (answer.status === 200) put(await answer.text());
      say(answer.ok);
      if (answer.ok) showTime(answer.headers.get("Date"));
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
