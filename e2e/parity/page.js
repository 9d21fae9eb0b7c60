const form = document.querySelector(".filters");

function matches(row, kinds, text) {
  return kinds.includes(row.dataset.kind) && row.textContent.toLowerCase().includes(text);
}

function filter() {
  const asked = new FormData(form);
  const kinds = asked.getAll("kind");
  const text = asked.get("text").trim().toLowerCase();
  let shown = 0;
  for (const body of document.querySelectorAll("tbody")) {
    const wanted = ["", body.dataset.route].includes(asked.get("route"));
    const all = body.dataset.route.toLowerCase().includes(text) ? "" : text;
    const rows = [...body.querySelectorAll("[data-kind]")];
    for (const row of rows) row.hidden = !(wanted && matches(row, kinds, all));
    const kept = rows.filter((row) => !row.hidden).length;
    body.hidden = kept === 0;
    shown += kept;
  }
  form.querySelector("output").textContent = `${shown} ${shown === 1 ? "difference" : "differences"}`;
  document.querySelector(".empty").hidden = shown > 0;
}

form?.addEventListener("input", filter);
form?.addEventListener("submit", (event) => event.preventDefault());
if (form) filter();
