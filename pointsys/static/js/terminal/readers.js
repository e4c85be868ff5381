// The ways a card gets in: a reader that types like a keyboard, the camera, and the bridge on this machine.
(() => {
  "use strict";

  const terminal = globalThis.terminal;
  const place = document.querySelector("[data-terminal]");
  // A slow reader or a busy machine leaves up to 100 ms between two keys; a person who means each key leaves more.
  const BURST_MS = 100;
  // An amount has fewer digits, the shortest chip has this many.
  const READER_KEYS = 8;
  const CHIP = /^[0-9A-F]{8,20}$/;
  const CODE = /^PSC1:[A-Z2-7]{26}$/;

  // A reader types in one go and ends with Enter; `onCard` decides what a card means on the screen of the moment.
  terminal.listenToKeys = (onCard) => {
    let typed = "";
    let lastAt = 0;
    const hear = (key, at) => {
      if (at - lastAt > BURST_MS) typed = "";
      lastAt = at;
      if (key !== "Enter") {
        if (key.length === 1) typed += key;
        return "";
      }
      const card = typed.toUpperCase();
      typed = "";
      return CHIP.test(card) || CODE.test(card) ? card : "";
    };
    document.addEventListener("keydown", (event) => {
      // In a field the keys belong to the field.
      const isField = event.target instanceof HTMLInputElement;
      if (isField || event.ctrlKey || event.altKey || event.metaKey) { typed = ""; return; }
      const card = hear(event.key, event.timeStamp);
      if (!card) return;
      // Without this the Enter of the reader would press the button that has the focus.
      event.preventDefault();
      event.stopPropagation();
      onCard(card);
    }, true);
    for (const { key, timeStamp } of globalThis.takeEarlyKeys?.() ?? []) {
      const card = hear(key, timeStamp);
      if (card) onCard(card);
    }
  };

  // Digits of an amount come from a person: what a reader types meanwhile is no amount, and its Enter no press.
  terminal.listenToDigits = (isOpen, onKey) => {
    let burst = [];
    let lastAt = 0;
    let held;
    const settle = () => {
      clearTimeout(held);
      const keys = burst.length < READER_KEYS && isOpen() ? burst : [];
      burst = [];
      for (const key of keys) if (key === "erase" || /^[0-9]$/.test(key)) onKey(key);
    };
    document.addEventListener("keydown", (event) => {
      if (!isOpen() || event.ctrlKey || event.altKey || event.metaKey) return;
      if (event.timeStamp - lastAt > BURST_MS) settle();
      lastAt = event.timeStamp;
      if (event.key === "Enter") {
        if (burst.length >= READER_KEYS) { event.preventDefault(); event.stopPropagation(); }
        settle();
        return;
      }
      if (event.key.length > 1 && event.key !== "Backspace") return;
      burst.push(event.key === "Backspace" ? "erase" : event.key);
      clearTimeout(held);
      held = setTimeout(settle, BURST_MS + 10);
    }, true);
  };

  const load = (address) => new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = address;
    script.onload = resolve;
    script.onerror = reject;
    document.head.append(script);
  });

  const decoder = async () => {
    if ("BarcodeDetector" in globalThis) {
      try {
        const detector = new BarcodeDetector({ formats: ["qr_code"] });
        return async (video) => (await detector.detect(video))[0]?.rawValue;
      } catch {
        // It is there but knows no QR codes: the decoder of our own does.
      }
    }
    if (!globalThis.jsQR) await load(place.dataset.decoder);
    const canvas = document.createElement("canvas");
    const brush = canvas.getContext("2d", { willReadFrequently: true });
    return async (video) => {
      const scale = Math.min(1, 640 / video.videoWidth);
      canvas.width = video.videoWidth * scale;
      canvas.height = video.videoHeight * scale;
      brush.drawImage(video, 0, 0, canvas.width, canvas.height);
      const picture = brush.getImageData(0, 0, canvas.width, canvas.height);
      return globalThis.jsQR(picture.data, picture.width, picture.height)?.data;
    };
  };

  // Returns what ends it; `onText` is told the first QR code that was seen.
  terminal.openCamera = (video, say, onText) => {
    let stream;
    let isOpen = true;
    const close = () => {
      isOpen = false;
      for (const track of stream?.getTracks() ?? []) track.stop();
    };
    (async () => {
      try {
        stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" }, audio: false });
      } catch {
        say("カメラを使えません。ブラウザーの設定でカメラを許可するか、番号を入れてください。");
        return;
      }
      if (!isOpen) { close(); return; }
      video.srcObject = stream;
      await video.play().catch(() => {});
      const read = await decoder().catch(() => null);
      if (!read) { say("QRコードを読む準備ができませんでした。番号を入れてください。"); return; }
      say("カードのQRコードを、カメラに近づけてください。");
      while (isOpen) {
        const text = video.videoWidth ? await read(video).catch(() => "") : "";
        if (text && isOpen) { close(); onText(text); return; }
        await new Promise((next) => setTimeout(next, 150));
      }
    })();
    return close;
  };

  // The bridge answers when a card comes, or with 204 after a while; it wants its connection code each time.
  terminal.listenToBridge = (isOpen, onCard) => {
    const rest = (ms) => new Promise((next) => setTimeout(next, ms));
    (async () => {
      for (;;) {
        const code = isOpen() && (await terminal.keep.get("bridge").catch(() => ""));
        if (!code) { await rest(1000); continue; }
        try {
          const answer = await terminal.askBridge(code);
          if (answer.status === 200) {
            const { card } = await answer.json();
            onCard(card);
          } else if (answer.status !== 204) await rest(5000);
        } catch {
          await rest(5000);
        }
      }
    })();
  };
  terminal.askBridge = (code, path = "/tap") => fetch(place.dataset.bridge + path, {
    headers: { Authorization: `Bearer ${code}` },
    credentials: "omit",
    cache: "no-store",
    signal: AbortSignal.timeout(30000),
  });
})();
