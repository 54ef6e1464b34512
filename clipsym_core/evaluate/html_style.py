"""Looks and behavior of the HTML report: colors for light and dark, and the few lines that sort its tables."""

from __future__ import annotations

from typing import Final

from clipsym_core.evaluate.chart_colors import DARK, LIGHT, css_variables

_RULES: Final = """
:root { color-scheme: light dark; --page: #f6f7f9; --card: #ffffff; --ink: #1b1f27; --quiet: #646c7a; --faint: #dfe3e9;
  --accent: #0a6ebd; --good: #0f7b52; --bad: #b3401f; --chip: #eef1f5;
  MODELS_ON_LIGHT }
@media (prefers-color-scheme: dark) {
  :root { --page: #14171c; --card: #1d2127; --ink: #e7eaef; --quiet: #98a1b0; --faint: #333943; --accent: #64b5f6;
    --good: #57c796; --bad: #f0906c; --chip: #2a3038;
    MODELS_ON_DARK } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.45 system-ui, -apple-system, "Segoe UI",
  Roboto, "Noto Sans", "DejaVu Sans", sans-serif; }
main { max-width: 1240px; margin: 0 auto; padding: 28px 24px 60px; }
h1 { font-size: 25px; margin: 0 0 4px; letter-spacing: -.01em; }
h2 { font-size: 18px; margin: 38px 0 10px; }
p { margin: 4px 0 10px; } .quiet { color: var(--quiet); }
.facts { display: flex; flex-wrap: wrap; gap: 8px; margin: 14px 0 0; padding: 0; list-style: none; }
.facts li { background: var(--card); border: 1px solid var(--faint); border-radius: 8px; padding: 6px 12px; }
.facts b { font-size: 16px; margin-right: 5px; }
.card { background: var(--card); border: 1px solid var(--faint); border-radius: 10px; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: 13.5px; }
th, td { padding: 7px 7px; text-align: right; border-bottom: 1px solid var(--faint); white-space: nowrap; }
tr:last-child td { border-bottom: 0; }
th:first-child, td:first-child { text-align: left; position: sticky; left: 0; background: var(--card); }
thead th { color: var(--quiet); font-weight: 600; font-size: 12.5px; }
thead tr.groups th { text-align: left; border-bottom: 0; padding-bottom: 0; color: var(--ink); }
table.sortable thead tr:last-child th { cursor: pointer; user-select: none; }
table.sortable thead tr:last-child th:hover { color: var(--accent); }
th[aria-sort=ascending]::after { content: " \\2191"; } th[aria-sort=descending]::after { content: " \\2193"; }
table.narrow { width: auto; } .fit { width: fit-content; max-width: 100%; margin-top: 10px; }
td.best { font-weight: 700; color: var(--good); }
.start { border-left: 1px solid var(--faint); }
.key { width: 26px; height: 10px; margin-right: 7px; vertical-align: 1px; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 20px; margin: 0 0 10px; }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(255px, 1fr)); gap: 14px; }
.charts .card { padding: 8px 10px 4px; } .chart { width: 100%; height: auto; display: block; }
.chart .title { font-weight: 600; }
.pictures { display: grid; gap: 14px; align-items: start; }
.picture { padding: 12px 14px 14px; }
.picture header { display: flex; gap: 10px; align-items: baseline; justify-content: space-between; margin-bottom: 8px; }
.picture header span:first-child { font-weight: 600; overflow-wrap: anywhere; }
.views { display: grid; grid-template-columns: repeat(auto-fill, minmax(160px, 1fr)); gap: 10px; }
figure { margin: 0; }
figure img { width: 100%; max-height: 340px; object-fit: contain; display: block; border-radius: 6px;
  background: var(--chip); }
figcaption { font-size: 13px; margin-top: 5px; display: flex; gap: 8px; justify-content: space-between; }
.chip { background: var(--chip); border-radius: 999px; padding: 0 9px; font-size: 12.5px; white-space: nowrap; }
.chip.bad { color: var(--bad); } .chip.good { color: var(--good); }
details summary { cursor: pointer; color: var(--accent); }
input { font: inherit; color: inherit; background: var(--card); border: 1px solid var(--faint); border-radius: 7px;
  padding: 5px 10px; width: min(340px, 100%); margin-bottom: 8px; }
.rows { max-height: 620px; overflow: auto; }
.rows thead th { position: sticky; top: 0; background: var(--card); z-index: 1; }
.problems td { text-align: left; white-space: normal; }
footer { margin-top: 40px; color: var(--quiet); font-size: 13.5px; }
@media print { body { background: #fff; } .rows { max-height: none; } .picture { break-inside: avoid; } }
""".strip()
STYLE: Final = _RULES.replace("MODELS_ON_LIGHT", css_variables(LIGHT)).replace("MODELS_ON_DARK", css_variables(DARK))

SCRIPT: Final = """
for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[table.tHead.rows.length - 1].cells];
  heads.forEach((head, column) => {
    const sort = () => {
      const down = head.getAttribute("aria-sort") === "ascending" || !head.hasAttribute("aria-sort") && column > 0;
      const key = (row) => row.cells[column].dataset.v ?? row.cells[column].textContent;
      const compare = (a, b) => {
        const [x, y] = [key(a), key(b)];
        if (x === "" || y === "") return (x === "") - (y === "");
        const order = isNaN(x) || isNaN(y) ? x.localeCompare(y, undefined, { numeric: true }) : x - y;
        return down ? -order : order;
      };
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      table.tBodies[0].append(...[...table.tBodies[0].rows].sort(compare));
    };
    head.tabIndex = 0;
    head.addEventListener("click", sort);
    head.addEventListener("keydown", (event) => { if (event.key === "Enter") sort(); });
  });
}
const filter = document.querySelector("#filter");
if (filter) filter.addEventListener("input", () => {
  for (const row of document.querySelectorAll("#rows tbody tr"))
    row.hidden = !row.cells[0].textContent.toLowerCase().includes(filter.value.toLowerCase());
});
""".strip()
