"use strict";
const map = document.querySelector("table.map");
const dialog = document.querySelector("dialog");
const links = [...map.querySelectorAll("a")];

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

/* Filters: rows and columns by text, groups alone, bands of levels. */
const sheet = document.head.appendChild(document.createElement("style")).sheet;
const tools = document.querySelector(".tools");
const heads = [...map.tHead.rows[0].cells].slice(1);
function filter() {
  const [rows, columns] = [...tools.querySelectorAll("input[type=search]")].map((i) => i.value.trim().toLowerCase());
  const groups = document.getElementById("groups").checked;
  while (sheet.cssRules.length) sheet.deleteRule(0);
  heads.forEach((head, number) => {
    const hidden = (columns && !head.textContent.toLowerCase().includes(columns)) || (groups && head.dataset.depth !== "0");
    if (hidden) sheet.insertRule(`.map tr > :nth-child(${number + 2}) { display: none; }`);
  });
  for (const row of map.tBodies[0].rows) {
    const head = row.cells[0];
    row.hidden = (rows && !head.textContent.toLowerCase().includes(rows)) || (groups && head.dataset.depth !== "0");
  }
  for (const box of tools.querySelectorAll("input[data-band]")) {
    if (!box.checked) sheet.insertRule(`.map g[data-band="${box.dataset.band}"] { display: none; }`);
  }
  const seen = links.filter((link) => link.getClientRects().length);
  if (seen.length && !seen.some((link) => link.tabIndex === 0)) seen[0].tabIndex = 0;
}
tools.hidden = false;
tools.addEventListener("input", filter);
