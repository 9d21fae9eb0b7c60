"use strict";
const cases = [...document.querySelectorAll(".case")];
const failures = [...document.querySelectorAll(".failure")];
const find = document.getElementById("find");
const outcomes = [...document.querySelectorAll("[name=outcome]")];

function show() {
  const wanted = find.value.trim().toLowerCase();
  const chosen = new Set(outcomes.filter((one) => one.checked).map((one) => one.value));
  for (const one of cases) {
    const text = one.textContent.toLowerCase();
    one.hidden = !chosen.has(one.dataset.outcome) || !text.includes(wanted);
  }
  for (const suite of document.querySelectorAll(".suite:has(.case)")) {
    suite.hidden = !suite.querySelector(".case:not([hidden])");
  }
  document.getElementById("none").hidden = cases.some((one) => !one.hidden);
}

// The one whose head is nearest to the top of the window.
function current() {
  const heads = failures.map((one) => Math.abs(one.getBoundingClientRect().top - 16));
  return heads.indexOf(Math.min(...heads));
}

function go(step) {
  const at = current();
  const below = failures[at].getBoundingClientRect().top > 40;
  const next = failures[step > 0 && below ? at : at + step];
  if (next) {
    next.scrollIntoView();
    next.focus({ preventScroll: true });
  }
}

function fold() {
  const parts = [...failures[current()].querySelectorAll(".evidence > details")];
  const open = parts.some((one) => !one.open);
  for (const one of parts) one.open = open;
}

const keys = {
  n: () => go(1),
  p: () => go(-1),
  e: fold,
  "/": () => find.focus(),
};

document.addEventListener("keydown", (event) => {
  const typing = event.target.matches("input[type=search]");
  if (event.key === "Escape" && typing) event.target.blur();
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const act = keys[event.key];
  if (!act || (event.key !== "/" && !failures.length)) return;
  event.preventDefault();
  act();
});

document.addEventListener("click", async (event) => {
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

find.addEventListener("input", show);
for (const one of outcomes) one.addEventListener("change", show);
