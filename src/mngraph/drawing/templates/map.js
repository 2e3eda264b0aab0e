"use strict";
const map = document.querySelector("table.map");
const dialog = document.querySelector("dialog");
const links = [...map.querySelectorAll("a")];
if (matchMedia("(max-width: 760px)").matches) document.querySelector(".key").open = false;

/* Show the studies of a cell: the rows of the table below, each study as its card. */
function open(link) {
  const rows = document.getElementById(decodeURIComponent(link.hash.slice(1)));
  const body = dialog.querySelector(".body");
  dialog.querySelector("h2").textContent = rows.dataset.title;
  body.replaceChildren();
  for (const row of rows.rows) {
    const heading = document.createElement("h3");
    heading.textContent = row.dataset.label;
    const list = document.createElement("ul");
    list.className = "cards";
    for (const member of row.querySelectorAll(".members a")) {
      const card = document.getElementById(decodeURIComponent(member.hash.slice(1))).cloneNode(true);
      card.removeAttribute("id");
      const stance = document.createElement("p");
      stance.className = "caption";
      stance.textContent = member.title;
      card.prepend(stance);
      list.append(card);
    }
    body.append(heading, list);
  }
  dialog.showModal();
  body.scrollTop = 0;
}
map.addEventListener("click", (event) => {
  const link = event.target.closest("a");
  if (link) { event.preventDefault(); open(link); }
});
dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
dialog.querySelector("button").addEventListener("click", () => dialog.close());

/* One tab stop for the map: arrow keys go to the next cell with studies in that direction. */
links.forEach((link, number) => { link.tabIndex = number ? -1 : 0; });
function focus(link) {
  links.forEach((each) => { each.tabIndex = -1; });
  link.tabIndex = 0;
  link.focus();
  link.scrollIntoView({ block: "nearest", inline: "nearest" });
}
const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
map.addEventListener("keydown", (event) => {
  const link = event.target.closest("a");
  if (!link || !(event.key in step)) return;
  event.preventDefault();
  const rows = map.tBodies[0].rows;
  const [down, right] = step[event.key];
  let row = link.closest("tr").sectionRowIndex, column = link.closest("td").cellIndex;
  for (;;) {
    row += down; column += right;
    const cell = rows[row] && rows[row].cells[column];
    if (!cell || cell.tagName !== "TD") return;
    const found = cell.querySelector("a");
    if (found && found.getClientRects().length) { focus(found); return; }
  }
});

/* Filters: rows and columns by any of their names, groups alone, bands of levels. */
const sheet = document.head.appendChild(document.createElement("style")).sheet;
const tools = document.querySelector(".tools");
const [rowBox, columnBox] = tools.querySelectorAll("input[type=search]");
const clear = document.getElementById("clear");
const status = tools.querySelector("[role=status]");
function fold(text) { return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replace(/[^\p{L}\p{N}]+/gu, " ").trim(); }
function headings(cells) {
  return cells.map((head) => ({ depth: Number(head.dataset.depth), label: fold(head.textContent), names: (head.dataset.names || "").split("|").map((name) => ` ${fold(name)}`) }));
}
const columnHeads = headings([...map.tHead.rows[0].cells].slice(1));
const rowHeads = headings([...map.tBodies[0].rows].map((row) => row.cells[0]));

/* Which headings match a text: by label, by the start of a word of a synonym, or being narrower than one that does. */
function matching(heads, text, groups) {
  let above = Infinity;
  return heads.map(({ depth, label, names }) => {
    if (depth <= above) above = Infinity;
    if (above === Infinity && (label.includes(text) || names.some((name) => name.includes(` ${text}`)))) above = depth;
    return (!text || above < Infinity) && (!groups || depth === 0 || (text && above === depth));
  });
}
function filter() {
  const groups = document.getElementById("groups").checked;
  const rows = matching(rowHeads, fold(rowBox.value), groups);
  const columns = matching(columnHeads, fold(columnBox.value), groups);
  while (sheet.cssRules.length) sheet.deleteRule(0);
  columns.forEach((shown, number) => {
    if (!shown) sheet.insertRule(`.map tr > :nth-child(${number + 2}) { display: none; }`);
  });
  [...map.tBodies[0].rows].forEach((row, number) => { row.hidden = !rows[number]; });
  const boxes = [...tools.querySelectorAll("input[data-band]")];
  for (const box of boxes) {
    if (!box.checked) sheet.insertRule(`.map g[data-band="${box.dataset.band}"] { display: none; }`);
  }
  tell(rows.filter(Boolean).length, columns.filter(Boolean).length, boxes.some((box) => box.checked));
  const seen = links.filter((link) => link.getClientRects().length);
  if (seen.length && !seen.some((link) => link.tabIndex === 0)) seen[0].tabIndex = 0;
}

/* Say what is left, or that nothing is. */
function tell(rows, columns, level) {
  const parts = [];
  if (!rows) parts.push(`No row matches \u201c${rowBox.value.trim()}\u201d.`);
  if (!columns) parts.push(`No column matches \u201c${columnBox.value.trim()}\u201d.`);
  if (!level) parts.push("No level is chosen.");
  const all = rows === rowHeads.length && columns === columnHeads.length;
  if (!parts.length && !all) parts.push(`${rows} of ${rowHeads.length} rows, ${columns} of ${columnHeads.length} columns`);
  status.textContent = parts.join(" ");
  clear.hidden = all && level;
}
clear.addEventListener("click", () => {
  rowBox.value = columnBox.value = "";
  for (const box of tools.querySelectorAll("input[type=checkbox]")) box.checked = box.id !== "groups";
  filter();
  rowBox.focus();
});
tools.hidden = false;
tools.addEventListener("input", filter);
