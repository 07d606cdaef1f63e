"use strict";
/* Holds a file of the visitor against the digests on the page. The file does not leave the browser. */
(() => {
  const box = document.getElementById("compare"), list = document.getElementById("papers");
  if (!box || !list || !window.crypto || !crypto.subtle) return;
  const file = box.querySelector("input"), said = box.querySelector("output");
  box.hidden = false;
  file.addEventListener("change", async () => {
    said.textContent = "";
    if (!file.files.length) return;
    const raw = new Uint8Array(await crypto.subtle.digest("SHA-256", await file.files[0].arrayBuffer()));
    const hex = [...raw].map(b => b.toString(16).padStart(2, "0")).join("");
    const entry = [...list.children].find(one => one.dataset.sha256 === hex);
    said.textContent = entry ? box.dataset.good + " " + entry.querySelector("b").textContent : box.dataset.bad;
    said.className = entry ? "good" : "bad";
  });
})();
