"use strict";
const findings = [...document.querySelectorAll(".finding")];
const rows = [...document.querySelectorAll(".matrix tbody tr")];
const find = document.getElementById("find");
const blamed = document.getElementById("blamed");

function show() {
  const wanted = (find?.value ?? "").trim().toLowerCase();
  for (const row of rows) {
    const fits = row.textContent.toLowerCase().includes(wanted);
    row.hidden = !fits || (blamed?.checked && !("blamed" in row.dataset));
  }
  for (const one of findings) one.hidden = !one.textContent.toLowerCase().includes(wanted);
}

// The one whose head is nearest to the top of the window.
function current(shown) {
  const heads = shown.map((one) => Math.abs(one.getBoundingClientRect().top - 16));
  return heads.indexOf(Math.min(...heads));
}

function go(step) {
  const shown = findings.filter((one) => !one.hidden);
  const active = shown.findIndex((one) => one.contains(document.activeElement));
  const at = active < 0 ? current(shown) - (step > 0 ? 1 : 0) : active;
  const next = shown[Math.min(Math.max(at + step, 0), shown.length - 1)];
  if (!next) return;
  next.scrollIntoView();
  next.querySelector("summary").focus({ preventScroll: true });
}

function fold() {
  const shown = findings.filter((one) => !one.hidden);
  const one = document.activeElement.closest(".finding") ?? shown[current(shown)];
  if (one) one.open = !one.open;
}

// What a cell of the matrix leads to is to be read, not to be opened first.
function reveal() {
  const one = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!one?.matches(".finding")) return;
  one.hidden = false;
  one.open = true;
  one.scrollIntoView();
  one.querySelector("summary").focus({ preventScroll: true });
}

const keys = {
  n: () => go(1),
  p: () => go(-1),
  e: fold,
  "/": () => find?.focus(),
};

document.addEventListener("keydown", (event) => {
  const typing = event.target.matches("input[type=search]");
  if (event.key === "Escape" && typing) event.target.blur();
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const act = keys[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});

document.addEventListener("click", async (event) => {
  if (event.target.closest("a[href^='#f-']")) setTimeout(reveal);
  const button = event.target.closest(".copy button");
  if (!button) return;
  const text = button.previousElementSibling;
  getSelection().selectAllChildren(text);
  try {
    await navigator.clipboard.writeText(text.textContent);
    button.textContent = "Copied";
  } catch {
    button.textContent = "Selected";
  }
});

find?.addEventListener("input", show);
blamed?.addEventListener("change", show);
addEventListener("hashchange", reveal);
reveal();
