// What is read: the panel with its studies, the tables that say the same as the picture, the search.
// Text enters the page as text, never as markup.

const panel = document.getElementById("panel");
const SVG = "http://www.w3.org/2000/svg";

// Build an element: h("p", {class: "x"}, "text", child, …).
function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}

const POINTS = {
  square: (r) => [[-r, -r], [r, -r], [r, r], [-r, r]],
  diamond: (r) => [[0, -r], [r, 0], [0, r], [-r, 0]],
  // As vis-network draws it: equilateral, a little lower than its center.
  triangle: (r) => { const s = 1.15 * r, y = 0.275 * s, inner = (s * Math.sqrt(3)) / 3; return [[0, y - 2 * inner], [s, y + inner], [-s, y + inner]]; },
};

function shapeSvg(kind, size = 14) {
  const look = looks.kinds[kind], r = kind === "publication" ? 3 : 5.5, c = size / 2;
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("width", size); svg.setAttribute("height", size); svg.setAttribute("aria-hidden", "true");
  const points = POINTS[look.shape];
  const mark = document.createElementNS(SVG, points ? "polygon" : "circle");
  if (points) mark.setAttribute("points", points(r).map(([x, y]) => `${c + x},${c + y}`).join(" "));
  else { mark.setAttribute("cx", c); mark.setAttribute("cy", c); mark.setAttribute("r", r); }
  mark.setAttribute("fill", look.color);
  svg.append(mark);
  return svg;
}

function lineSvg(color, width, dash, hollow = false) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("width", 30); svg.setAttribute("height", 14); svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(SVG, "line");
  for (const [name, value] of Object.entries({ x1: 1, x2: 29, y1: 7, y2: 7, stroke: color, "stroke-width": width })) line.setAttribute(name, value);
  if (dash.length) line.setAttribute("stroke-dasharray", dash.join(" "));
  svg.append(line);
  if (hollow) {
    const gap = line.cloneNode();
    gap.setAttribute("stroke-width", width - 2);
    gap.setAttribute("stroke", "var(--page)");
    svg.append(gap);
  }
  return svg;
}

// The result of a line in words.
function resultOf(sum) {
  return `${looks.stances[sum.stance].words}${sum.hollow ? ", before and after only" : ""}`;
}

function sign(stance) {
  return [h("span", { class: "sign", "aria-hidden": "true" }, looks.stances[stance].sign), h("span", { class: "unseen" }, `${looks.stances[stance].words}: `)];
}

function levelBadge(level) {
  return level ? h("span", { class: "level" }, `level ${level}`) : "";
}

// --- the panel ------------------------------------------------------------------------------------

const CARDS = 25;

function openPanel(item) {
  const isEdge = Boolean(item.relation);
  const sum = summary(item);
  const heading = h("h2", { id: "panel-title", tabindex: "-1", dir: "auto" }, isEdge ? titleOf(item) : item.kind === "publication" ? item.definition || item.label : item.label);
  const kind = isEdge ? READ[item.relation] : looks.kinds[item.kind].one;
  const stance = isEdge && looks.stanceRelations.includes(item.relation) ? sign(sum.stance) : "";
  panel.replaceChildren(
    h("div", { class: "panel-head" },
      h("p", { class: "caption" }, isEdge ? "" : shapeSvg(item.kind), stance, capital(kind)),
      h("button", { class: "plain", type: "button", onclick: () => choose(null), "aria-label": "Close details", title: "Close (Esc)" }, "\u2715")),
    heading,
    isEdge ? edgeEnds(item) : "",
    h("p", { class: "verdict" }, verdict(item, sum)),
    !isEdge && item.kind !== "publication" && item.definition ? h("p", { class: "small muted", dir: "auto" }, item.definition) : "",
    h("p", { class: "actions" },
      h("button", { type: "button", onclick: (event) => copy(sparqlOf(item), event.currentTarget) }, "Copy SPARQL"),
      h("button", { type: "button", onclick: (event) => copy(isEdge || item.kind !== "publication" ? citationOf(item, sum) : studies[item.studies[0]].citation, event.currentTarget) }, "Copy citation"),
      h("button", { type: "button", onclick: (event) => copy(location.href, event.currentTarget) }, "Copy link")),
    isEdge ? "" : relationLists(item),
    item.relation === "broader" ? "" : studyList(sum.studies));
  panel.hidden = false;
  document.body.classList.add("with-panel");
  panel.scrollTop = 0;
}

function closePanel() {
  panel.hidden = true;
  panel.replaceChildren();
  document.body.classList.remove("with-panel");
}

function edgeEnds(edge) {
  return h("p", { class: "small" }, [edge.from, edge.to].map((id, i) => [i ? ` ${READ[edge.relation]} ` : "", h("button", { type: "button", class: "link", dir: "auto", onclick: () => choose(id) }, nodes.get(id).label)]).flat());
}

function citationOf(item, sum) {
  const what = item.relation ? `${titleOf(item)} (${READ[item.relation]})` : item.label;
  const sources = sum.studies.map((index) => studies[index].citation);
  return `${meta.cite}: ${what}.\n${sources.join("\n")}`;
}

function relationLists(node) {
  const groups = new Map();
  for (const edge of linesOf(node.id, shown.passing)) {
    if (edge.relation === "evaluates" && node.kind !== "publication") continue;
    const other = edge.from === node.id ? edge.to : edge.from;
    const name = `${capital(readFrom(edge, node.id))}`;
    if (!groups.has(name)) groups.set(name, []);
    groups.get(name).push([edge, nodes.get(other), shown.passing.get(edge.id)]);
  }
  return h("div", {}, [...groups].map(([name, found]) => h("details", { open: found.length <= 12 || found[0][0].relation !== "broader" },
    h("summary", {}, `${name} `, h("span", { class: "muted" }, `(${found.length})`)),
    h("ul", { class: "relations" }, found.map(([edge, other, sum]) => h("li", {},
      shapeSvg(other.kind),
      h("button", { type: "button", class: "link", dir: "auto", onclick: () => choose(hairline(edge.relation) ? other.id : edge.name) }, other.label),
      hairline(edge.relation) ? "" : h("span", { class: "small muted" }, looks.stanceRelations.includes(edge.relation) ? sign(sum.stance) : "", countsOf(sum))))))));
}

function countsOf(sum) {
  const level = sum.level ? `, level ${sum.level}` : "";
  return sum.weight ? `${plural(sum.weight, "study", "studies")}${level}` : plural(sum.reviews, "review");
}

function studyList(indices) {
  const order = [...indices].sort((a, b) => studies[a].review - studies[b].review || (studies[a].level || 9) - (studies[b].level || 9) || (studies[b].year || 0) - (studies[a].year || 0) || a - b);
  const list = h("div", { class: "cards" }, order.slice(0, CARDS).map(studyCard));
  const more = order.length - CARDS;
  return h("section", { "aria-label": "Studies" },
    h("h3", {}, capital(plural(order.length, "publication"))),
    list,
    more > 0 ? h("button", { type: "button", class: "more", onclick: (event) => { list.append(...order.slice(CARDS).map(studyCard)); event.currentTarget.remove(); } }, `Show ${more} more`) : "");
}

function resultWords(result) {
  const second = result.second.join(" and ");
  if (result.direction === "favours first") return `favors ${result.first}${second ? ` over ${second}` : ""}`;
  if (result.direction === "favours second") return `favors ${second} over ${result.first}`;
  if (result.direction === "no difference") return `no difference, ${result.first}${second ? ` against ${second}` : ""}`;
  const arms = [result.first, ...result.second].filter(Boolean).join(", ");
  if (result.direction === "improved from baseline") return `${arms}: improved from baseline`;
  if (result.direction === "no improvement") return `${arms}: no improvement from baseline`;
  if (result.direction === "mixed") return `${arms}: mixed`;
  return result.text ? "" : "result not stated";
}

function studyCard(index) {
  const study = studies[index];
  const facts = [study.design, study.participants ? `n = ${numbers.format(study.participants)}` : "", study.country].filter(Boolean).join(", ");
  return h("article", { class: "card" },
    h("h4", { dir: "auto" }, study.label),
    h("p", { class: "small" }, levelBadge(study.level), ` ${facts}`),
    h("p", { class: "small", dir: "auto" }, study.title),
    study.arms.length ? h("ul", { class: "small arms" }, study.arms.map((arm) => h("li", {}, h("b", {}, arm.id), ` ${arm.text}${arm.participants ? `, n = ${arm.participants}` : ""}`))) : "",
    study.results.length ? h("ul", { class: "small results" }, study.results.map((result) => h("li", {}, [capital(result.measure), resultWords(result), result.text].filter(Boolean).join("; ")))) : "",
    study.reports.length ? h("p", { class: "small" }, "Reported events: ", study.reports.map(reportWords).join("; ")) : "",
    study.summary ? h("p", { class: "small muted", dir: "auto" }, `What it reports: ${study.summary}`) : "",
    h("p", { class: "small links" },
      study.links.map(([name, url]) => h("a", { href: url, target: "_blank", rel: "noopener noreferrer", "aria-label": `${name}: ${study.label}` }, name)),
      h("button", { type: "button", class: "link", "aria-label": `Copy citation of ${study.label}`, onclick: (event) => copy(study.citation, event.currentTarget) }, "Copy citation")));
}

function reportWords(report) {
  const event = nodes.get(report.event);
  const count = report.affected === null ? "" : ` ${report.affected}${report.at_risk === null ? "" : `/${report.at_risk}`}`;
  return `${event ? event.label : report.event.replace(/^event:/, "").replaceAll("-", " ")}${count}${report.arm ? ` (${report.arm})` : ""}${report.seriousness === "serious" ? ", serious" : ""}`;
}

async function copy(text, button) {
  const old = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const field = h("textarea", { class: "unseen", "aria-hidden": "true" });
    field.value = text;
    document.body.append(field);
    field.select();
    document.execCommand("copy");
    field.remove();
  }
  button.textContent = "Copied";
  say("Copied to the clipboard.");
  setTimeout(() => { button.textContent = old; }, 1200);
}

// --- the tables -----------------------------------------------------------------------------------

const tableBox = document.getElementById("table");
const sorting = { nodes: [2, -1], edges: [3, -1] };
const ROWS = 2500;

const NODE_COLUMNS = [
  ["Name", (n) => n.label.toLowerCase(), (n) => h("button", { type: "button", class: "link", dir: "auto", onclick: () => choose(n.id, { focusPanel: true }) }, n.label)],
  ["Kind", (n) => KINDS.indexOf(n.kind), (n) => looks.kinds[n.kind].one],
  ["Studies", (n, s) => s.weight, (n, s) => s.weight],
  ["Reviews", (n, s) => s.reviews, (n, s) => s.reviews],
  ["Participants", (n, s) => s.participants, (n, s) => numbers.format(s.participants)],
  ["Best level", (n, s) => s.level || 9, (n, s) => s.level || "\u2013"],
  ["Years", (n, s) => s.last || 0, (n, s) => (s.first ? (s.first === s.last ? `${s.first}` : `${s.first}\u2013${s.last}`) : "\u2013")],
];
const EDGE_COLUMNS = [
  ["From", (e) => nodes.get(e.from).label.toLowerCase(), (e) => h("button", { type: "button", class: "link", dir: "auto", "aria-label": `${nodes.get(e.from).label}, ${READ[e.relation]} ${nodes.get(e.to).label}: open`, onclick: () => choose(e.name, { focusPanel: true }) }, nodes.get(e.from).label)],
  ["Relation", (e) => e.relation, (e) => READ[e.relation]],
  ["To", (e) => nodes.get(e.to).label.toLowerCase(), (e) => h("span", { dir: "auto" }, nodes.get(e.to).label)],
  ["Studies", (e, s) => s.weight + s.reviews / 1000, (e, s) => s.weight],
  ["Reviews", (e, s) => s.reviews, (e, s) => s.reviews],
  ["Best level", (e, s) => s.level || 9, (e, s) => s.level || "\u2013"],
  ["Result", (e, s) => STANCES.indexOf(s.stance), (e, s) => (looks.stanceRelations.includes(e.relation) ? [h("span", { class: "sign", "aria-hidden": "true" }, looks.stances[s.stance].sign), ` ${resultOf(s)}`] : "\u2013")],
];

function drawTables() {
  if (state.view !== "table") return;
  const rows = (items, map) => items.filter((item) => map.has(item.id)).map((item) => [item, map.get(item.id)]);
  tableBox.replaceChildren(
    dataTable("nodes", "Concepts and publications", NODE_COLUMNS, rows(ranked, shown.nodes)),
    dataTable("edges", "Relations", EDGE_COLUMNS, rows(data.edges, shown.edges)));
}

function dataTable(key, caption, columns, rows) {
  const [by, way] = sorting[key];
  const sorted = rows.map(([item, sum], i) => [columns[by][1](item, sum), i, item, sum])
    .sort((a, b) => (a[0] < b[0] ? -way : a[0] > b[0] ? way : a[1] - b[1]));
  const head = columns.map(([name], i) => h("th", { scope: "col", class: numeric(name) && "number", "aria-sort": i === by ? (way > 0 ? "ascending" : "descending") : null },
    h("button", { type: "button", class: "plain", onclick: () => { sorting[key] = [i, i === by ? -way : numeric(name) && name !== "Best level" ? -1 : 1]; drawTables(); document.querySelectorAll(`#table-${key} th button`)[i].focus(); } }, name, h("span", { "aria-hidden": "true" }, i === by ? (way > 0 ? " \u25b4" : " \u25be") : ""))));
  const body = sorted.slice(0, ROWS).map(([, , item, sum]) => h("tr", { class: (item.name || item.id) === state.selected && "chosen" }, columns.map(([name, , show], i) => h(i ? "td" : "th", { scope: i ? null : "row", class: numeric(name) && "number" }, show(item, sum)))));
  const note = rows.length > ROWS ? ` (the first ${numbers.format(ROWS)}; filter for the rest)` : "";
  return h("table", { id: `table-${key}` }, h("caption", {}, `${caption}: ${numbers.format(rows.length)}${note}`), h("thead", {}, h("tr", {}, head)), h("tbody", {}, body));
}

function numeric(name) { return ["Studies", "Reviews", "Participants", "Best level"].includes(name); }

// --- the search -----------------------------------------------------------------------------------

const searchBox = document.getElementById("search");
const results = document.getElementById("results");
let found = [], at = -1;

function fold(text) { return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replace(/[^\p{L}\p{N}]+/gu, " ").trim(); }

const index = data.nodes.flatMap((node) => {
  const names = [[node.label, false], ...node.synonyms.map((name) => [name, true])];
  if (node.kind === "publication") names.push([node.definition, true]);
  return names.map(([name, other]) => ({ node, name, other, text: fold(name) }));
});

function scoreOf(entry, text) {
  const place = ` ${entry.text}`.indexOf(` ${text}`);
  if (entry.text === text) return 100;
  if (place === 0) return 80;
  if (place > 0) return 60;
  if (entry.text.includes(text)) return 40;
  return text.length > 3 && near(entry.text, text) ? 20 : 0;
}

// One letter wrong, missing, added or swapped, in any word: "melsama" finds melasma.
function near(name, text) {
  return [name, ...name.split(" ")].some((word) => {
    if (Math.abs(word.length - text.length) > 1) return false;
    let i = 0;
    while (i < word.length && word[i] === text[i]) i++;
    const [w, t] = [word.slice(i), text.slice(i)];
    return w.slice(1) === t.slice(1) || w.slice(1) === t || w === t.slice(1) || (w[0] === t[1] && w[1] === t[0] && w.slice(2) === t.slice(2));
  });
}

function search(query) {
  const text = fold(query), best = new Map();
  if (!text) return [];
  for (const entry of index) {
    const score = scoreOf(entry, text) - (entry.other ? 5 : 0) - (entry.node.kind === "publication" ? 10 : 0);
    if (score > 0 && score > (best.get(entry.node.id)?.score || 0)) best.set(entry.node.id, { ...entry, score });
  }
  return [...best.values()].sort((a, b) => b.score - a.score || a.node.rank - b.node.rank).slice(0, 10);
}

function showResults() {
  found = search(searchBox.value);
  at = found.length ? 0 : -1;
  results.replaceChildren(...found.map((entry, i) => h("li", {
    role: "option", id: `result-${i}`, "aria-selected": String(i === at),
    onmousedown: (event) => { event.preventDefault(); take(i); },
  }, shapeSvg(entry.node.kind), h("span", { dir: "auto" }, entry.node.label), entry.other ? h("span", { class: "small muted", dir: "auto" }, entry.node.kind === "publication" ? entry.node.definition : `also: ${entry.name}`) : "")));
  const box = searchBox.getBoundingClientRect();
  Object.assign(results.style, { left: `${box.left}px`, top: `${box.bottom + 4}px` });
  const open = searchBox.value.trim() !== "" && document.activeElement === searchBox;
  if (open && !found.length) results.replaceChildren(h("li", { role: "option", "aria-disabled": "true", "aria-selected": "false" }, "No match"));
  results.hidden = !open;
  searchBox.setAttribute("aria-expanded", String(open));
  markResult();
}

function markResult() {
  [...results.children].forEach((item, i) => item.setAttribute("aria-selected", String(i === at)));
  if (at >= 0) { searchBox.setAttribute("aria-activedescendant", `result-${at}`); results.children[at].scrollIntoView({ block: "nearest" }); }
  else searchBox.removeAttribute("aria-activedescendant");
}

function take(i) {
  const node = found[i].node;
  results.hidden = true;
  searchBox.setAttribute("aria-expanded", "false");
  searchBox.value = node.kind === "publication" ? "" : node.label;
  if (!state.kinds.has(node.kind)) { state.kinds.add(node.kind); writeControls(); }
  choose(node.id, { focusPanel: true });
}

function startSearch() {
  searchBox.addEventListener("input", showResults);
  searchBox.addEventListener("focus", () => { if (searchBox.value) showResults(); });
  searchBox.addEventListener("blur", () => { results.hidden = true; searchBox.setAttribute("aria-expanded", "false"); });
  searchBox.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (found.length) at = (at + (event.key === "ArrowDown" ? 1 : -1) + found.length) % found.length;
      markResult();
      event.preventDefault();
    } else if (event.key === "Enter" && at >= 0 && !results.hidden) { take(at); event.preventDefault(); }
    else if (event.key === "Escape") { searchBox.value = ""; showResults(); searchBox.blur(); canvasBox.focus(); }
    event.stopPropagation();
  });
}
