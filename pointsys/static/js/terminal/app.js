// The terminal's screens: wait for a card, show what it holds, earn, spend, give back. One thing at a time.
(() => {
  "use strict";

  const terminal = globalThis.terminal;
  const place = document.querySelector("[data-terminal]");
  const stage = place.querySelector("[data-stage]");
  const IDLE_SECONDS = 60;
  const RESULT_SECONDS = 15;
  const ASK_EVERY_MS = 2000;
  const PATIENCE_MS = 12000;
  const MOST_DIGITS = 6;
  const grouped = (number) => Number(number).toLocaleString("ja-JP");
  const rest = (ms) => new Promise((next) => setTimeout(next, ms));

  let view = "";
  let stand = {};
  let visit = null; // { card, sight }: the card that lies here; it is never written anywhere
  let amount = "";
  let payment = null;
  let closeCamera = () => {};
  let ticking;
  let early = ""; // a card that came before the first screen stood

  // --- Showing -------------------------------------------------------------------------------
  const part = (name, isShown) => {
    for (const piece of stage.querySelectorAll(`[data-part="${name}"]`)) piece.hidden = !isShown;
  };
  const put = (name, text, root = stage) => {
    for (const slot of root.querySelectorAll(`[data-slot="${name}"]`)) slot.textContent = text;
  };
  const said = document.querySelector("[data-say]");
  const say = (words) => {
    said.textContent = words;
    said.hidden = !words;
  };
  const copyOf = (name) => place.querySelector(`template[data-view="${name}"]`).content.cloneNode(true);
  const show = (name) => {
    closeCamera();
    closeCamera = () => {};
    clearInterval(ticking);
    say("");
    view = name;
    stage.replaceChildren(copyOf(name));
    put("phone", stand.phone ? `事務局の電話 ${stand.phone}` : "");
    // When the words have been put in.
    queueMicrotask(() => {
      const words = stage.querySelector("[data-heading]")?.textContent.trim().replace(/\s+/g, " ");
      document.title = `${words}｜カードの端末`;
    });
    place.focus({ preventScroll: true });
    scrollTo(0, 0);
  };
  const facts = (pairs) => {
    const list = stage.querySelector("[data-facts]");
    for (const [name, value] of pairs) {
      const term = document.createElement("dt");
      const fact = document.createElement("dd");
      [term.textContent, fact.textContent] = [name, value];
      list.append(term, fact);
    }
  };
  const countDown = (seconds, isHeld = () => false) => {
    let left = seconds;
    put("seconds", left);
    ticking = setInterval(() => {
      if (isHeld()) return;
      left -= 1;
      put("seconds", left);
      if (left <= 0) home();
    }, 1000);
    return () => { left = seconds; };
  };

  const home = (notice = "") => {
    visit = payment = null;
    amount = "";
    show("waiting");
    put("notice", notice);
  };

  const showNo = (head, answer, options = {}) => {
    show("no");
    put("head", head);
    const short = answer.code === "cards.not_enough_points" && options.asked ? options.asked - answer.usable_points : 0;
    part("short", short > 0);
    put("short", grouped(short));
    put("why", short > 0 ? "" : answer.message);
    put("sure", options.sure ?? "");
    const possible = answer.possible_points ?? 0;
    part("less", Boolean(options.asked && visit && possible > 0 && possible < options.asked));
    put("less", `${grouped(possible)}ポイントを使い、残り${grouped((options.asked ?? 0) - possible)}円は現金で`);
    part("amount", Boolean(options.asked && visit));
    if (options.asked) facts([["お会計", `${grouped(options.asked)}ポイント`], ["残高", `${grouped(answer.usable_points ?? visit?.sight.points ?? 0)}ポイント`]]);
    if (visit) countDown(IDLE_SECONDS);
    return possible;
  };

  // --- The card ------------------------------------------------------------------------------
  // What a card that is held to the reader means on the screen of the moment; only two screens let go of theirs.
  const PAYING = "いまの支払いを終えてから、カードをかざしてください。";
  const NEXT = "「次のお客様へ」を押してから、カードをかざしてください。";
  const HOME = "「やめる」を押してから、カードをかざしてください。";
  const NOT_NOW = {
    amount: PAYING, checking: PAYING, cancel: PAYING, ok: NEXT, camera: HOME, number: HOME, payments: HOME, settings: HOME,
  };
  function take(card) {
    if (!view) {
      early = card;
      say("準備中です。そのままお待ちください。");
    } else if (view === "waiting" || view === "card" || (view === "no" && !visit)) look(card);
    else say(view === "no" ? NEXT : NOT_NOW[view] ?? "");
  }

  async function look(card) {
    if (view === "reading") return;
    visit = null;
    show("reading");
    let sight;
    try {
      sight = await terminal.ask("look", { card });
    } catch {
      show("offline");
      return;
    }
    if (!sight.ok) { showNo("このカードは使えません", sight, { sure: "" }); return; }
    visit = { card, sight };
    showCard();
  }

  const showCard = () => {
    const { sight } = visit;
    show("card");
    put("number", sight.number);
    put("points", grouped(sight.points));
    part("spend", !sight.pays_not);
    part("pays-not", Boolean(sight.pays_not));
    put("pays-not", sight.pays_not);
    part("until", Boolean(sight.until));
    put("until", `${sight.until}まで`);
    part("earn", Boolean(sight.earn && !sight.earn.is_done));
    part("earned", Boolean(sight.earn?.is_done));
    put("earn", sight.earn ? `${grouped(sight.earn.points)}ポイント` : "");
    countDown(IDLE_SECONDS);
  };

  // --- Saving up -----------------------------------------------------------------------------
  async function earn() {
    const { card } = visit;
    const startedAt = terminal.now();
    show("checking");
    put("what", "ためるポイント");
    for (let tries = 0; ; tries += 1) {
      try {
        const had = await terminal.ask("earn", { card });
        // Asked again after a lost answer, "had already" is the answer that got lost.
        const isMine = tries > 0 && had.is_here && had.earned_ms >= startedAt - 2000;
        if (!had.ok) showNo("ためられませんでした", had);
        else if (had.is_new || isMine) showOk("ためました", had.points, "", [["残高", `${grouped(had.balance)}ポイント`], ["時刻", had.time]]);
        else showNo("きょうは、もうためました", { message: `ためられるのは、1日に1回です。きょうは${had.time.split(" ").pop().slice(0, 5)}にためました。` });
        return;
      } catch (problem) {
        if (!(problem instanceof terminal.LineLost)) throw problem;
        part("offline", true);
        await rest(ASK_EVERY_MS);
      }
    }
  }

  const showOk = (head, points, why, pairs) => {
    show("ok");
    put("head", head);
    put("points", grouped(points));
    put("why", why);
    part("cancel", Boolean(payment));
    facts(pairs);
    countDown(RESULT_SECONDS);
  };

  // --- Spending ------------------------------------------------------------------------------
  const showAmount = () => {
    show("amount");
    put("points", grouped(visit.sight.points));
    put("possible", grouped(visit.sight.possible_points));
    drawAmount();
    const again = countDown(IDLE_SECONDS);
    stage.addEventListener("click", again);
  };
  const drawAmount = () => {
    stage.querySelector("[data-amount]").textContent = grouped(amount || 0);
    put("button", amount ? `${grouped(amount)}ポイントを使う` : "ポイントを使う");
    put("error", "");
  };
  const press = (key) => {
    say("");
    if (key === "clear") amount = "";
    else if (key === "erase") amount = amount.slice(0, -1);
    else amount = (amount + key).replace(/^0+/, "").slice(0, MOST_DIGITS);
    drawAmount();
  };

  async function spend(points) {
    if (!points) { put("error", "使うポイントを入れてください。"); return; }
    const pending = { request_key: crypto.randomUUID(), reference: visit.sight.reference, points };
    show("checking");
    put("what", "支払い");
    // Written first: should the power fail now, the terminal still knows what to ask for.
    await terminal.keep.put("pending", pending);
    let answer;
    try {
      answer = await terminal.ask("spend", { card: visit.card, points, request_key: pending.request_key });
    } catch (problem) {
      if (!(problem instanceof terminal.LineLost)) throw problem;
      await findOut(pending);
      return;
    }
    await terminal.keep.drop("pending");
    if (answer.ok) showPaid(answer);
    else showNo("お支払いできません", answer, { asked: points, sure: "ポイントは引かれていません。" });
    lessPoints = answer.possible_points ?? 0;
  }
  let lessPoints = 0;

  const showPaid = (answer) => {
    payment = answer;
    showOk("お支払い完了", answer.points, "", [
      ["時刻", answer.time], ["残高", `${grouped(answer.balance)}ポイント`], ["受付番号", answer.receipt],
    ]);
  };

  // The answer is missing: ask for the outcome until it is known; after a while the payment is called off for good.
  async function findOut(pending) {
    const startedAt = Date.now();
    if (view !== "checking") show("checking");
    put("what", "支払い");
    for (;;) {
      try {
        const found = await terminal.ask("outcome", {
          request_key: pending.request_key,
          reference: pending.reference,
          gives_up: Date.now() - startedAt > PATIENCE_MS,
        });
        part("offline", false);
        if (found.state === "PAID") {
          await terminal.keep.drop("pending");
          showPaid(found);
          return;
        }
        if (found.state === "NOT_PAID" || !found.ok) {
          await terminal.keep.drop("pending");
          const message = found.ok ? "お支払いは、できていません。" : found.message;
          showNo("お支払いできません", { message }, { sure: found.ok ? "ポイントは引かれていません。" : "" });
          return;
        }
      } catch (problem) {
        if (!(problem instanceof terminal.LineLost)) throw problem;
        part("offline", true);
      }
      await rest(ASK_EVERY_MS);
    }
  }

  // --- Giving back ---------------------------------------------------------------------------
  async function showPayments(problem = "") {
    const found = await terminal.ask("payments").catch(() => null);
    if (!found) { show("offline"); return; }
    show("payments");
    const rows = stage.querySelector("[data-rows]");
    for (const line of found.payments ?? []) {
      const row = copyOf("payment-row");
      put("time", line.time.split(" ").pop().slice(0, 5), row);
      put("points", grouped(line.left_points), row);
      put("receipt", line.receipt, row);
      const button = row.querySelector("[data-act]");
      button.dataset.id = line.id;
      button.setAttribute("aria-label", `${grouped(line.left_points)}ポイントの支払い（${line.receipt}）を取り消す`);
      rows.append(row);
    }
    part("none", rows.children.length === 0);
    if (problem) put("error", problem);
  }

  async function pick(receipt) {
    const found = await terminal.ask("payment", { receipt }).catch(() => null);
    if (!found) { show("offline"); return; }
    if (!found.ok) { showPayments(found.message); return; }
    payment = { ...found, cancel_key: crypto.randomUUID() };
    show("cancel");
    put("points", grouped(found.left_points));
    put("button", `${grouped(found.left_points)}ポイントを取り消す`);
    put("time", found.time);
    put("receipt", found.receipt);
    part("lapsed", found.lapsed_points > 0);
    put("lapsed", grouped(found.lapsed_points));
  }

  async function cancel() {
    const given = { receipt: payment.id, alive_points: payment.alive_points, request_key: payment.cancel_key };
    show("checking");
    put("what", "取消");
    for (;;) {
      try {
        // The same key each time: however often it gets through, it is given back once.
        const done = await terminal.ask("cancel", given);
        payment = null;
        if (done.ok) showOk("取り消しました", done.points, "ポイントをお客様に戻しました。", [["時刻", done.time], ["受付番号", done.receipt]]);
        else showNo("取り消せませんでした", done);
        return;
      } catch (problem) {
        if (!(problem instanceof terminal.LineLost)) throw problem;
        part("offline", true);
        await rest(ASK_EVERY_MS);
      }
    }
  }

  // --- The reader's program on this machine --------------------------------------------------
  const showSettings = async (problem = "") => {
    show("settings");
    put("name", stand.name ?? "");
    put("reader", (await terminal.keep.get("bridge")) ? "カードリーダーをつないでいます。" : "");
    put("error", problem);
  };
  async function pair(code) {
    try {
      const answer = await terminal.askBridge(code, "/hello");
      if (!answer.ok) { showSettings("接続コードがちがいます。リーダーの画面を見て、もう一度入れてください。"); return; }
    } catch {
      showSettings("リーダーが見つかりません。「カードリーダーの橋わたし」が動いているか確かめてください。");
      return;
    }
    await terminal.keep.put("bridge", code);
    home("カードリーダーをつなぎました。");
  }

  // --- What people do ------------------------------------------------------------------------
  const ACTS = {
    home: () => home(),
    number: () => { show("number"); stage.querySelector("#number").focus(); },
    camera: () => {
      show("camera");
      closeCamera = terminal.openCamera(stage.querySelector("[data-camera]"), (text) => put("camera", text), look);
    },
    card: () => showCard(),
    earn: () => earn(),
    amount: () => showAmount(),
    spend: () => spend(Number(amount)),
    "spend-less": () => spend(lessPoints),
    payments: () => showPayments(),
    pick: (button) => pick(button.dataset.id),
    "cancel-this": () => pick(payment.id),
    cancel: () => cancel(),
    settings: () => showSettings(),
    reload: () => start(),
  };
  stage.addEventListener("click", (event) => {
    const key = event.target.closest("[data-key]");
    if (key) { press(key.dataset.key); return; }
    const button = event.target.closest("[data-act]");
    if (button) ACTS[button.dataset.act](button);
  });
  const FORMS = {
    number: (text) => {
      const digits = text.normalize("NFKC").replace(/[\s-]/g, "");
      if (/^\d{16}$/.test(digits)) look(digits);
      else put("error", "カード番号は、数字16けたで入力してください。");
    },
    receipt: (text) => (text ? pick(text) : put("error", "受付番号を入力してください。")),
    reader: (text) => (text ? pair(text) : put("error", "接続コードを入力してください。")),
  };
  stage.addEventListener("submit", (event) => {
    event.preventDefault();
    const form = event.target;
    FORMS[form.dataset.form](form.querySelector("input").value.trim());
  });
  terminal.onRevoked = (message) => {
    visit = payment = null;
    show("revoked");
    put("why", message);
  };
  terminal.listenToKeys(take);
  terminal.listenToDigits(() => view === "amount", press);
  terminal.listenToBridge(() => !["", "offline", "stopped", "revoked"].includes(view), take);

  async function start() {
    if (!terminal.isFit() || !(await terminal.identity())) { location.replace(place.dataset.enrol); return; }
    const pending = await terminal.keep.get("pending");
    if (pending) { early = ""; await findOut(pending); return; }
    let found;
    try {
      found = await terminal.ask("status");
    } catch {
      early = "";
      show("offline");
      return;
    }
    stand = found.ok ? found : {};
    if (!found.ok || found.stopped) {
      early = "";
      show("stopped");
      put("why", found.stopped || found.message);
      return;
    }
    document.body.dataset.theme = found.theme;
    for (const name of ["store", "till"]) document.querySelector(`[data-bar="${name}"]`).textContent = found[name];
    home();
    if (early) look(early);
    early = "";
  }
  start();
})();
