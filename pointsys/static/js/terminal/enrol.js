// The enrolment: a key is made here, the code is sent with its public half, and the terminal is known from then on.
(() => {
  "use strict";

  const terminal = globalThis.terminal;
  const place = document.querySelector("[data-terminal]");
  const stage = place.querySelector("[data-stage]");
  let closeCamera = () => {};

  const show = (name) => {
    closeCamera();
    stage.replaceChildren(place.querySelector(`template[data-view="${name}"]`).content.cloneNode(true));
    place.focus({ preventScroll: true });
  };
  const say = (name, text) => {
    const slot = stage.querySelector(`[data-slot="${name}"]`);
    if (slot) slot.textContent = text;
  };
  const showCode = (problem = "", typed = "") => {
    show("code");
    const input = stage.querySelector("#code");
    input.value = typed;
    if (problem) {
      say("error", problem);
      input.setAttribute("aria-invalid", "true");
      input.classList.add("input--error");
    }
    input.focus();
  };

  let isBusy = false;
  async function enrol(code) {
    if (isBusy) return;
    isBusy = true;
    try {
      // The same key is used again when an answer got lost: the server then knows it already.
      let pair = await terminal.keep.get("new-key");
      if (!pair) {
        pair = await terminal.newKey();
        await terminal.keep.put("new-key", pair);
      }
      const answer = await terminal.askUnsigned("enrol", { code, public_key: await terminal.publicKey(pair) });
      if (!answer.ok) { showCode(answer.message, code); return; }
      await terminal.become({ uuid: answer.terminal, privateKey: pair.privateKey, name: answer.name, store: answer.store });
      await terminal.keep.drop("new-key");
      navigator.storage?.persist?.();
      location.replace(place.dataset.home);
    } catch {
      showCode("つながりませんでした。電波を確かめて、同じ登録コードでもう一度押してください。", code);
    } finally {
      isBusy = false;
    }
  }

  // A QR code of the office may hold the page's address with the code behind the #, which no server is told.
  const enrolFrom = (text) => enrol(text.split("#").pop());

  stage.addEventListener("submit", (event) => {
    event.preventDefault();
    const code = stage.querySelector("#code").value.trim();
    if (code) enrol(code);
    else showCode("登録コードを入力してください。");
  });
  stage.addEventListener("click", (event) => {
    const act = event.target.closest("[data-act]")?.dataset.act;
    if (act === "home") showCode();
    if (act !== "camera") return;
    show("camera");
    closeCamera = terminal.openCamera(stage.querySelector("[data-camera]"), (text) => say("camera", text), enrolFrom);
  });

  (async () => {
    if (!terminal.isFit()) { show("unfit"); return; }
    const known = await terminal.identity();
    if (!known) {
      const code = /^#[0-9]{12}$/.test(location.hash) ? location.hash.slice(1) : "";
      if (code) history.replaceState(null, "", location.pathname);
      showCode("", code);
      return;
    }
    show("known");
    say("store", known.store);
    say("name", known.name);
  })();
})();
