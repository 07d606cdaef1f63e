"use strict";
/* Checks in the browser what the page says: each entry's bytes, its way to the root (RFC 9162), the Ed25519 signatures of log and witnesses under the root. What is signed otherwise it names as not checked, and counts nothing else. */
(() => {
  const box = document.getElementById("check"), way = document.querySelector("[data-keys]");
  const entries = [...document.querySelectorAll("[data-proof]")];
  if (!box || !way || !entries.length || !crypto.subtle) return;
  const utf8 = new TextEncoder();
  const from64 = text => Uint8Array.from(atob(text), c => c.charCodeAt(0));
  const fromHex = text => Uint8Array.from(text.match(/../g) || [], b => parseInt(b, 16));
  const join = (...parts) => { const out = new Uint8Array(parts.reduce((n, p) => n + p.length, 0)); let at = 0; for (const p of parts) { out.set(p, at); at += p.length; } return out; };
  const sha = async bytes => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const same = (a, b) => a.length === b.length && a.every((x, i) => x === b[i]);
  /* Canonical JSON: keys by code point, no white space, integers only. */
  const byPoint = (a, b) => { const x = [...a], y = [...b]; for (let i = 0; i < x.length && i < y.length; i++) if (x[i] !== y[i]) return x[i].codePointAt(0) - y[i].codePointAt(0); return x.length - y.length; };
  const canonical = v => Array.isArray(v) ? "[" + v.map(canonical).join(",") + "]" : v && typeof v === "object" ? "{" + Object.keys(v).sort(byPoint).map(k => JSON.stringify(k) + ":" + canonical(v[k])).join(",") + "}" : JSON.stringify(v);
  const node = (left, right) => sha(join(Uint8Array.of(1), left, right));
  /* RFC 9162, 2.1.3.2. Sizes are below 2^53. */
  async function root(leaf, index, size, path) {
    if (index >= size) throw Error("index");
    let fn = index, sn = size - 1, hash = leaf;
    for (const step of path) {
      if (sn === 0) throw Error("path");
      if (fn % 2 === 1 || fn === sn) {
        hash = await node(step, hash);
        while (fn % 2 === 0 && fn !== 0) { fn = Math.floor(fn / 2); sn = Math.floor(sn / 2); }
      } else hash = await node(hash, step);
      fn = Math.floor(fn / 2); sn = Math.floor(sn / 2);
    }
    if (sn !== 0) throw Error("path");
    return hash;
  }
  const keys = (way.dataset.keys || "").split(" ").filter(Boolean).map(line => { const [name, id, rest] = line.split("+"); const raw = from64(line.slice(name.length + id.length + 2)); return { name, id, type: raw[0], key: raw.slice(1), rest }; });
  async function check(address) {
    const proof = await (await fetch(address)).json();
    const [text, marks] = proof.checkpoint.split(/\n\n/);
    const note = utf8.encode(text + "\n"), [origin, size, tree] = text.split("\n");
    const commitment = await sha(join(fromHex(proof.nonce), utf8.encode(canonical(proof.what))));
    const made = await root(await sha(join(Uint8Array.of(0), commitment)), proof.index, Number(size), proof.inclusion.map(from64));
    if (!same(made, from64(tree))) return null;
    const found = { signed: false, witnesses: [], unchecked: [] };
    const right = async (key, signature, said) => crypto.subtle.verify({ name: "Ed25519" }, await crypto.subtle.importKey("raw", key, { name: "Ed25519" }, false, ["verify"]), signature, said);
    for (const line of marks.split("\n").filter(Boolean)) {
      const [, name, value] = line.split(" "), raw = from64(value), id = [...raw.slice(0, 4)].map(b => b.toString(16).padStart(2, "0")).join("");
      const known = keys.find(k => k.name === name && k.id === id);
      if (!known) continue;
      if (known.type === 1 && name === origin) {
        if (!await right(known.key, raw.slice(4), note)) return null;
        found.signed = true;
      } else if (known.type === 4) {
        const at = new DataView(raw.buffer).getBigUint64(4);
        if (!await right(known.key, raw.slice(12), utf8.encode("cosignature/v1\ntime " + at + "\n" + text + "\n"))) return null;
        found.witnesses.push(name);
      } else found.unchecked.push(name);
    }
    if (!found.signed && found.unchecked.includes(origin)) throw Error("algorithm");
    return found.signed ? found : null;
  }
  const button = document.createElement("button"); button.type = "button"; button.textContent = box.dataset.go;
  box.append(button); box.hidden = false;
  button.addEventListener("click", async () => {
    button.disabled = true;
    for (const li of entries) {
      const said = li.querySelector(".proof") || li.appendChild(document.createElement("span"));
      said.setAttribute("role", "status");
      try {
        const found = await check(li.dataset.proof);
        said.className = "proof " + (found ? "good" : "bad");
        said.textContent = found ? "✓ " + box.dataset.good + (found.witnesses.length ? " · " + box.dataset.witness + " " + found.witnesses.join(", ") : "") + (found.unchecked.length ? " · " + box.dataset.unchecked + " " + found.unchecked.join(", ") : "") : "✗ " + box.dataset.bad;
      } catch (why) { said.className = "proof soft"; said.textContent = "? " + box.dataset.unable; }
    }
    button.disabled = false;
  });
})();
