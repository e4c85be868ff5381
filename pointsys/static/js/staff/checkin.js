// The check-in desk goes on without network: what was counted waits here, as number, kind, key and time only,
// and is sent again until the server has answered. The key makes a second sending harmless.
(() => {
  "use strict";

  const desk = document.querySelector("[data-checkin]");
  if (!desk) return;
  const AGAIN_MS = 5000;
  const STORE = `checkin:${desk.dataset.checkin}`;
  const note = document.querySelector("[data-queue]");
  const place = document.querySelector("[data-arrived]");
  const refusals = document.querySelector("[data-refused]");
  let isSending = false;
  let isOut = false;

  const read = () => {
    try { return JSON.parse(localStorage.getItem(STORE)) ?? []; } catch { return []; }
  };
  const write = (items) => {
    localStorage.setItem(STORE, JSON.stringify(items));
    show();
  };
  const drop = (key) => write(read().filter((item) => item.key !== key));

  function show() {
    const waiting = read().length;
    note.hidden = waiting === 0;
    note.querySelector("b").textContent = isOut ? `ログインが切れました　未送信 ${waiting}件` : `電波がありません　未送信 ${waiting}件`;
    note.querySelector("span").textContent = isOut
      ? "受付は残っています。もう一度ログインして、この画面を開くと送ります。"
      : "受付は続けられます。つながると自動で送ります。";
  }

  function put(target, html) {
    const fresh = new DOMParser().parseFromString(html, "text/html");
    target.replaceChildren(...fresh.body.children);
  }

  function refuse(item, reason) {
    const line = document.createElement("p");
    line.textContent = `${item.number || "予約なし"}　${reason}`;
    refusals.append(line);
    refusals.hidden = false;
  }

  async function deliver(item, token) {
    const body = new URLSearchParams({
      number: item.number, kind: item.kind, at: item.at, request_key: item.key, csrfmiddlewaretoken: token,
    });
    const answer = await fetch(desk.dataset.action, {
      method: "POST", body, headers: { Accept: "application/json" }, redirect: "manual",
    });
    isOut = answer.type === "opaqueredirect" || answer.status === 403;
    if (!answer.ok) throw new Error("not taken");
    return answer.json();
  }

  async function send() {
    if (isSending) return;
    isSending = true;
    try {
      for (const item of read()) {
        const said = await deliver(item, desk.querySelector("[name=csrfmiddlewaretoken]").value);
        drop(item.key);
        if (said.state === "refused") refuse(item, said.reason);
        else put(place, said.html);
      }
    } catch { show(); }
    isSending = false;
  }

  function take(number, kind) {
    write([...read(), { number, kind, key: crypto.randomUUID(), at: new Date().toISOString() }]);
    note.hidden = true;
    refusals.hidden = true;
    refusals.replaceChildren();
    send().then(() => { if (read().length) put(place, document.querySelector("template[data-waiting]").innerHTML); });
  }

  document.addEventListener("submit", (event) => {
    const form = event.target.closest("[data-arrive]");
    if (!form) return;
    const number = form.elements.number?.value.trim() ?? "";
    if (form.dataset.arrive !== "walk-in" && !number) return;
    event.preventDefault();
    take(number, form.dataset.arrive);
    if (form.dataset.arrive === "number") form.reset();
  }, true);

  // --- The camera: the browser's own reader, or the decoder that a page has loaded -------------
  const button = document.querySelector("[data-scan]");
  const video = document.querySelector("[data-scan-video]");
  const canRead = "BarcodeDetector" in window || typeof window.jsQR === "function";
  if (button && canRead && navigator.mediaDevices) {
    button.closest("[data-scan-place]").hidden = false;
    button.addEventListener("click", () => (video.srcObject ? stop() : scan()));
  }

  function stop() {
    for (const track of video.srcObject?.getTracks() ?? []) track.stop();
    video.srcObject = null;
    video.hidden = true;
  }

  async function decode(detector, canvas) {
    if (detector) return (await detector.detect(video))[0]?.rawValue;
    canvas.width = video.videoWidth;
    canvas.height = video.videoHeight;
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.drawImage(video, 0, 0);
    const image = context.getImageData(0, 0, canvas.width, canvas.height);
    return window.jsQR(image.data, image.width, image.height)?.data;
  }

  async function scan() {
    const detector = "BarcodeDetector" in window ? new window.BarcodeDetector({ formats: ["qr_code"] }) : null;
    const canvas = document.createElement("canvas");
    try {
      video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      video.hidden = false;
      await video.play();
      while (video.srcObject) {
        const found = video.videoWidth ? await decode(detector, canvas) : "";
        if (found) { stop(); take(found.slice(0, 12), "number"); return; }
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    } catch {
      stop();
      refuse({ number: "カメラ" }, "使えませんでした。予約番号を入力してください。");
    }
  }

  // The polled count brings the newest arrivals along; they stand further down, below the buttons.
  const list = document.querySelector("[data-list-place]");
  let shown = document.querySelector("[data-poll]")?.dataset.after;
  new MutationObserver(() => {
    const live = document.querySelector("[data-poll]");
    if (!live || live.dataset.after === shown) return;
    shown = live.dataset.after;
    put(list, live.querySelector("template").innerHTML);
  }).observe(document.querySelector("main"), { childList: true, subtree: true });

  addEventListener("online", send);
  setInterval(() => { if (read().length) send(); }, AGAIN_MS);
  show();
  if (read().length) send();
})();
