// Keys, selection, dialogs, undo. Everything it does is also a link or a button; without it the console works by mouse and Tab.
(() => {
  "use strict";
  const all = (what) => [...document.querySelectorAll(what)];
  const one = (what) => document.querySelector(what);
  const say = (text) => { const live = one("#live"); if (live) { live.textContent = ""; setTimeout(() => { live.textContent = text; }, 60); } };

  // --- focus and announcements on arrival ---
  addEventListener("DOMContentLoaded", () => {
    const target = all("[data-focus]").pop();
    if (target) target.focus({ preventScroll: false });
    const said = all("[data-announce]").map((e) => e.textContent.trim()).join(" ");
    if (said) say(said);
    all(".chart-frame:has(.control, .life, .course, .months)").forEach((f) => { f.scrollLeft = f.scrollWidth; }); // on narrow screens the latest weeks are what one came for
    countDown(); chosen();
  });

  function countDown() {
    const form = one("#undo");
    if (!form) return;
    const end = performance.now() + Number(form.dataset.seconds) * 1000;
    const tick = setInterval(() => {
      const left = Math.ceil((end - performance.now()) / 1000);
      if (left <= 0) { clearInterval(tick); form.remove(); return; }
      const place = form.querySelector("[data-left]");
      if (place) place.textContent = String(left);
    }, 500);
  }

  // --- selection and its bar ---
  function chosen() {
    const bar = one("#bulk");
    if (!bar) return;
    const count = all('input[name="case"]:checked').length;
    bar.hidden = count === 0;
    const place = bar.querySelector("[data-count]");
    if (place) place.textContent = String(count);
  }
  addEventListener("change", (event) => { if (event.target.name === "case") chosen(); });

  // --- buttons that open and close ---
  addEventListener("click", (event) => {
    const from = event.target.closest("[data-toggle],[data-close],[data-does=help]");
    if (!from) return;
    if (from.dataset.close) { one(from.dataset.close)?.close(); return; }
    if (from.dataset.does === "help") { help(); return; }
    const target = one(from.dataset.toggle);
    const open = target.classList.toggle("open");
    from.setAttribute("aria-expanded", String(open));
  });
  function help() { const box = one("#keys"); if (box && !box.open) box.showModal(); }

  // --- lines ---
  let lineId = "";
  const lines = () => all("[data-line]");
  const place = () => { const rows = lines(); const i = rows.findIndex((r) => r.contains(document.activeElement)); return i >= 0 ? i : rows.findIndex((r) => r.id && r.id === lineId); };
  function move(by) {
    const rows = lines();
    if (!rows.length) return;
    const at = place();
    const row = rows[at < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(Math.max(at + by, 0), rows.length - 1)];
    lineId = row.id;
    const link = row.querySelector("[data-open]");
    if (link) { link.focus(); link.scrollIntoView({ block: "nearest" }); }
  }
  function press(what) {
    const button = one(`button[data-does="${what}"]`);
    if (!button) return false;
    submit(button);
    return true;
  }
  function submit(button) {
    const reason = one("#reason");
    if (button.hasAttribute("data-needs-reason") && reason && !reason.value.trim()) {
      reason.focus(); reason.setAttribute("aria-invalid", "true"); reason.classList.add("is-invalid");
      return;
    }
    button.click();
  }

  // --- keys ---
  const does = {
    j: () => move(1), k: () => move(-1),
    // Nothing chosen in a list of cases: Enter opens its first.
    Enter: () => { const a = document.activeElement; if (a && a.matches("a,button,summary,[tabindex]:not(h1):not(main)")) return false; const r = lines()[place()] || one("#cases [data-line]"); const link = r?.querySelector("[data-open]"); if (!link) return false; link.click(); return true; },
    x: () => { const box = lines()[place()]?.querySelector('input[type="checkbox"]'); if (box) { box.checked = !box.checked; chosen(); } },
    c: () => press("claim"), s: () => press("snooze"), e: () => press("escalate"), q: () => press("ask"),
    m: () => { location.assign("/console/cases/?assigned=me"); },
    u: () => { const form = one("#undo"); if (form) form.requestSubmit(); else one('[data-step="undo"]')?.click(); },
    "/": () => { (one("main [data-does=search]") || one("[data-does=search]"))?.focus(); },
    "?": help,
  };
  let going = 0;
  addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.keyCode === 229) return; // an input method is at work
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.target.closest("input:not([type=checkbox]),textarea,select,[contenteditable]")) return;
    if (one("dialog[open]")) return;
    if (!document.body.hasAttribute("data-keys") && event.key !== "Enter") return;
    if (event.timeStamp - going < 1500 && going) {
      going = 0;
      const link = one(`[data-go="${CSS.escape(event.key)}"]`);
      if (link) { event.preventDefault(); link.click(); return; }
    }
    if (event.key === "g") { going = event.timeStamp; event.preventDefault(); return; }
    const outcome = event.key.length === 1 ? one(`button[data-key="${CSS.escape(event.key)}"]`) : null;
    if (outcome) { event.preventDefault(); submit(outcome); return; }
    if (Object.hasOwn(does, event.key) && does[event.key]() !== false) event.preventDefault();
  });
})();
