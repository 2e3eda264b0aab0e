// Results as bars, and as a map of what is linked with what.

const MOST_BARS = 40, MOST_NODES = 80;

// The columns that a chart can show: what names the bars, and the numbers.
function chartable({ columns, rows }) {
  const numeric = columns.map((_, at) => at).filter((at) => rows.some((row) => row[at]) && rows.every((row) => !row[at] || isNumber(row[at])));
  const naming = columns.map((_, at) => at).filter((at) => !numeric.includes(at));
  const label = naming.find((at) => /label|title|name/.test(columns[at])) ?? naming[0] ?? numeric[0];
  return { label, values: numeric.filter((at) => at !== label) };
}

function barChart(found, chosen) {
  const { label, values } = chartable(found), value = values.includes(chosen) ? chosen : values[0];
  const rows = found.rows.filter((row) => row[value]).slice(0, MOST_BARS);
  const most = Math.max(...rows.map((row) => Math.abs(Number(row[value].value))), 0) || 1;
  const lines = rows.map((row) => {
    const bar = el("span", { class: "bar", "aria-hidden": "true" });
    bar.style.setProperty("--part", Math.abs(Number(row[value].value)) / most);
    return el("tr", {}, el("th", { scope: "row" }, named(row[label])), el("td", { class: "bars" }, bar), el("td", { class: "number" }, numbers.format(Number(row[value].value))));
  });
  const choice = el("select", { "aria-label": "Length of the bars", onchange: () => box.replaceWith(barChart(found, Number(choice.value))) },
    values.map((at) => el("option", { value: at, selected: at === value }, heading(found.columns[at]))));
  const more = found.rows.length - rows.length;
  const box = el("div", { class: "chart" },
    el("p", { class: "small" }, "Bars: ", values.length > 1 ? choice : heading(found.columns[value]), more > 0 ? `; the first ${rows.length} rows, ${numbers.format(more)} more in the table` : ""),
    el("table", {}, el("caption", { class: "unseen" }, `${heading(found.columns[value])} by ${heading(found.columns[label])}`),
      el("thead", { class: "unseen" }, el("tr", {}, el("th", { scope: "col" }, heading(found.columns[label])), el("td", {}), el("th", { scope: "col" }, heading(found.columns[value])))),
      el("tbody", {}, lines)));
  return box;
}

// What people read for a term: the label of a concept, else what it is written as.
function named(term) { return (term && term.type === "uri" && labelOf(term.value)) || shownTerm(term); }

// The columns of resources, left to right; rows link what stands side by side in them.
function layersOf({ columns, rows, form }) {
  if (form !== "SELECT") return [0, 2];
  return columns.map((_, at) => at).filter((at) => rows.some((row) => row[at]?.type === "uri")).slice(0, 4);
}

function linkMap(found, open) {
  const layers = layersOf(found), nodes = new Map(), links = new Map();
  let left = 0;
  for (const row of found.rows) {
    const stops = layers.map((at, layer) => [row[at], layer]).filter(([term]) => term && (term.type === "uri" || found.form !== "SELECT"));
    const fresh = stops.filter(([term, layer]) => !nodes.has(`${layer} ${term.value}`));
    if (nodes.size + fresh.length > MOST_NODES) { left += 1; continue; }
    for (const [term, layer] of stops) {
      const key = `${layer} ${term.value}`;
      nodes.set(key, nodes.get(key) || { key, term, layer, weight: 0 });
      nodes.get(key).weight += 1;
    }
    stops.slice(1).forEach(([term, layer], at) => {
      const key = `${stops[at][1]} ${stops[at][0].value}\n${layer} ${term.value}`;
      links.set(key, { from: `${stops[at][1]} ${stops[at][0].value}`, to: `${layer} ${term.value}`, weight: (links.get(key)?.weight || 0) + 1 });
    });
  }
  const note = left ? `The first ${nodes.size} resources; ${counted(left, "row")} more in the table.` : `${counted(nodes.size, "resource")}, ${counted(links.size, "link")}.`;
  return el("div", { class: "map-of-nodes" }, el("p", { class: "small" }, `${note} Each column of resources is a column of the table; a line joins what stands in one row.`), drawing(layers, nodes, links, found, open));
}

function drawing(layers, nodes, links, found, open) {
  const high = 26, wide = 270, radius = 5, columns = layers.map((_, layer) => [...nodes.values()].filter((node) => node.layer === layer));
  // Each layer in the order of the middle of what it is linked with, so that few lines cross.
  columns.forEach((column, layer) => {
    if (layer) {
      const middle = new Map(column.map((node) => {
        const at = [...links.values()].filter((link) => link.to === node.key && nodes.get(link.from).place !== undefined).map((link) => nodes.get(link.from).place);
        return [node, at.length ? at.reduce((sum, place) => sum + place, 0) / at.length : Infinity];
      }));
      column.sort((a, b) => middle.get(a) - middle.get(b));
    }
    column.forEach((node, place) => { node.place = place; });
  });
  const tallest = Math.max(...columns.map((column) => column.length), 1), height = tallest * high + 34;
  const at = (node) => ({ x: 12 + node.layer * wide, y: 34 + ((node.place + 0.5) * tallest * high) / columns[node.layer].length });
  const lines = [...links.values()].map((link) => {
    const from = at(nodes.get(link.from)), to = at(nodes.get(link.to)), bend = (to.x - from.x) / 2;
    return el("svg:path", { class: "link", d: `M${from.x} ${from.y}C${from.x + bend} ${from.y} ${to.x - bend} ${to.y} ${to.x} ${to.y}`, "stroke-width": Math.min(6, 0.8 + Math.sqrt(link.weight) * 0.6) });
  });
  const marks = [...nodes.values()].map((node) => {
    const { x, y } = at(node), text = named(node.term), short = text.length > 36 ? `${text.slice(0, 35)}\u2026` : text;
    const mark = el("svg:g", { class: "spot", role: node.term.type === "uri" ? "button" : "text", tabindex: node.term.type === "uri" ? 0 : null, "aria-label": text },
      el("svg:title", {}, text), el("svg:circle", { cx: x, cy: y, r: radius, fill: about.kinds[kindOf(node.term)] || "var(--line-strong)" }), el("svg:text", { x: x + 10, y: y + 4 }, short));
    if (node.term.type === "uri") {
      mark.addEventListener("click", () => open(node.term.value));
      mark.addEventListener("keydown", (event) => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); open(node.term.value); } });
    }
    return mark;
  });
  const heads = layers.map((column, layer) => el("svg:text", { class: "head", x: 6 + layer * wide, y: 16 }, capital(heading(found.columns[column]))));
  const width = layers.length * wide + 10;
  return el("div", { class: "scrolled", tabindex: 0, role: "region", "aria-label": "Map of the results" },
    el("svg:svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": "Resources and their links" }, heads, lines, marks));
}

function kindOf(term) {
  if (term.type !== "uri") return "";
  const kinds = conceptOf.get(term.value)?.kinds;
  return kinds ? kinds[0] : /^(study|publication):/.test(compact(term.value)) ? "publication" : "";
}
