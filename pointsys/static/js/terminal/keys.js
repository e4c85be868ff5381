// What the terminal keeps: its own key, which cannot be taken out, and a payment whose answer is missing.
// Nothing of a customer is kept here.
(() => {
  "use strict";

  const terminal = (globalThis.terminal = {});
  const CURVE = { name: "ECDSA", namedCurve: "P-256" };
  const SHELF = "keep";

  const finished = (request) => new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  let opened;
  const database = () => {
    opened ??= (() => {
      const request = indexedDB.open("pointsys-terminal", 1);
      request.onupgradeneeded = () => request.result.createObjectStore(SHELF);
      return finished(request);
    })();
    return opened;
  };
  const shelf = async (mode) => (await database()).transaction(SHELF, mode).objectStore(SHELF);

  terminal.keep = {
    get: async (name) => finished((await shelf("readonly")).get(name)),
    put: async (name, value) => finished((await shelf("readwrite")).put(value, name)),
    drop: async (name) => finished((await shelf("readwrite")).delete(name)),
    wipe: async () => finished((await shelf("readwrite")).clear()),
  };

  terminal.isFit = () => Boolean(globalThis.isSecureContext && globalThis.crypto?.subtle && globalThis.indexedDB);
  terminal.newKey = () => crypto.subtle.generateKey(CURVE, false, ["sign", "verify"]);
  terminal.base64 = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes)));
  terminal.publicKey = async (pair) => terminal.base64(await crypto.subtle.exportKey("spki", pair.publicKey));

  const hex = (bytes) => Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");

  // Signed are method, path, time, nonce and the digest of the body, each on a line of its own.
  terminal.signed = async (identity, path, body, time) => {
    const words = new TextEncoder();
    const nonce = crypto.randomUUID();
    const digest = hex(await crypto.subtle.digest("SHA-256", words.encode(body)));
    const message = words.encode(["POST", path, time, nonce, digest].join("\n"));
    const signature = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, identity.privateKey, message);
    return {
      "X-Terminal": identity.uuid,
      "X-Terminal-Time": String(time),
      "X-Terminal-Nonce": nonce,
      "X-Terminal-Signature": terminal.base64(signature),
    };
  };
})();
