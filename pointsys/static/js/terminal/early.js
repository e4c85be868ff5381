// Heard from the first moment: what a reader types before the other scripts are there is kept for them.
(() => {
  "use strict";

  const MOST_KEYS = 64;
  const keys = [];
  const hear = (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (keys.push({ key: event.key, timeStamp: event.timeStamp }) > MOST_KEYS) keys.shift();
  };
  document.addEventListener("keydown", hear, true);
  // Whoever takes them listens from then on.
  globalThis.takeEarlyKeys = () => {
    document.removeEventListener("keydown", hear, true);
    return keys.splice(0);
  };
})();
