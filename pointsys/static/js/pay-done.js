// The paid page: the clock ticks on the server's time, so a picture of an old payment stands still.
// <time data-server-clock datetime="2026-11-20T14:32:07+09:00">14:32:07</time>
(() => {
  "use strict";

  const clock = document.querySelector("[data-server-clock]");
  if (!clock) return;
  const shownAt = performance.now();
  const serverAt = Date.parse(clock.dateTime);
  if (Number.isNaN(serverAt)) return;
  const words = new Intl.DateTimeFormat("ja-JP", {
    hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23", timeZone: "Asia/Tokyo",
  });

  const tick = () => {
    const now = serverAt + (performance.now() - shownAt);
    clock.textContent = words.format(now);
    setTimeout(tick, 1000 - (now % 1000));
  };
  tick();

  // The clerk needs the page for half a minute; a phone that may not keep awake loses nothing.
  navigator.wakeLock?.request("screen").then((lock) => setTimeout(() => lock.release(), 30000), () => {});

  // Opened again from the back button or the tab list, the page asks the server anew and becomes "past".
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
})();
