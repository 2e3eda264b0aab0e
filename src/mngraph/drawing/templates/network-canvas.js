// The picture: vis-network draws nodes and lines, in the looks that are set here, and the view moves.

const canvasBox = document.getElementById("canvas");
const still = matchMedia("(prefers-reduced-motion: reduce)");
let net, nodeSet, edgeSet, moving = false;
let current = null;   // the node that the arrow keys stand on
let hovered = null;
let lit = null;       // what a selection lights: { nodes: Set, edges: Set }, or null for all
const sentNodes = new Map(), sentEdges = new Map();

function css(name) { return getComputedStyle(document.documentElement).getPropertyValue(name).trim(); }

let paint = {};
function readPaint() {
  paint = { page: css("--page"), ink: css("--ink"), muted: css("--muted"), line: css("--line"), focus: css("--focus"), font: css("--font") };
}

function startCanvas() {
  readPaint();
  nodeSet = new vis.DataSet();
  edgeSet = new vis.DataSet();
  restyle();
  net = new vis.Network(canvasBox, { nodes: nodeSet, edges: edgeSet }, data.options);
  net.on("beforeDrawing", drawUnder);
  net.on("afterDrawing", drawOver);
  net.on("click", (event) => {
    const found = pick(event.pointer.DOM);
    if (clusters.has(found)) unfold(found);
    else if (found) choose(found);
    else if (state.selected) choose(null);
  });
  net.on("hoverNode", (event) => hover(event.node));
  net.on("blurNode", () => hover(null));
  net.on("hoverEdge", () => { canvasBox.style.cursor = "pointer"; });
  net.on("blurEdge", () => { canvasBox.style.cursor = ""; });
  net.on("zoom", () => { placed = null; saveSoon(); });
  net.on("dragStart", (event) => { if (!event.nodes.length && !moving) startSketch(); });
  net.on("dragEnd", (event) => {
    endSketch();
    for (const id of event.nodes) Object.assign(spot(id), net.getPosition(id));
    placed = null;
    saveSoon();
  });
  net.on("animationFinished", () => { placed = null; if (touched) saveSoon(); net.redraw(); });
  net.on("resize", () => {
    placed = null;
    if (isTall() !== tall) { arrange(); restyle(); }
    if (!touched && !state.selected) fit(false);
  });
}

function hover(id) {
  hovered = id;
  canvasBox.style.cursor = id ? "pointer" : "";
  net.redraw();
}

// What a click at a point of the canvas means: a node, else a line; beside a selection, a line that
// it lights goes before a node that it does not.
function pick(at) {
  const node = net.getNodeAt(at), line = nearestEdge(net.DOMtoCanvas(at));
  const dim = lit && !lit.nodes.has(node);
  return node !== undefined && !(dim && line) ? node : line && line.name;
}

// The line nearest to a point, at most 8 pixels away (hairlines 3); beside a selection only what it
// lights.
function nearestEdge({ x, y }) {
  let best = null, least = 8 / net.getScale();
  for (const id of lit && !edgeNames.has(state.selected) ? lit.edges : shown.edges.keys()) {
    const edge = edges.get(id);
    if (!shown.edges.has(id) || (edge.relation === "evaluates" && !(lit && lit.edges.has(id)))) continue;
    const a = spot(edge.from), b = spot(edge.to), dx = b.x - a.x, dy = b.y - a.y;
    const t = Math.max(0, Math.min(1, ((x - a.x) * dx + (y - a.y) * dy) / (dx * dx + dy * dy || 1)));
    const far = Math.hypot(a.x + t * dx - x, a.y + t * dy - y) + (hairline(edge.relation) ? 5 / net.getScale() : 0);
    if (far < least) { least = far; best = edge; }
  }
  return best;
}

// --- styles: what changed is sent to vis-network, nothing else ---------------------------------

function nodeStyle(node) {
  const sum = shown.nodes.get(node.id);
  if (!sum || standIn(node.id) !== node.id) return { id: node.id, hidden: true };
  const weight = state.size === "participants" ? sum.participants / looks.size.participants : sum.weight;
  const dim = lit && !lit.nodes.has(node.id);
  return { id: node.id, hidden: false, x: node.x, y: node.y, size: radiusOf(node.kind, weight), opacity: dim ? 0.13 : node.kind === "publication" ? 0.75 : 1 };
}

function edgeStyle(edge) {
  const sum = shown.edges.get(edge.id);
  const light = lit && lit.edges.has(edge.id);
  if (!sum || (edge.relation === "evaluates" && !light)) return { id: edge.id, hidden: true };
  if (standIn(edge.from) !== edge.from || standIn(edge.to) !== edge.to) return { id: edge.id, hidden: true };
  const base = hairline(edge.relation) ? 0.55 : Math.min(0.75, 0.26 + 0.07 * sum.weight);
  const dash = dashOf(edge.relation, sum.level);
  return {
    id: edge.id, hidden: false,
    hollow: sum.hollow && !hairline(edge.relation) && !(lit && !light),
    width: widthOf(edge.relation, sum.weight, sum.level),
    dashes: dash.length ? dash : false,
    color: { color: colorOf(edge.relation, sum.stance), opacity: !lit ? base : light ? Math.max(0.8, base) : 0.04, inherit: false },
  };
}

// The outer width of a hollow line, and that of the gap in it.
function hollowOf(width) {
  const outer = Math.max(width, looks.hollow.least);
  return { outer, core: outer - 2 * looks.hollow.wall };
}

// Lines of the small picture, where nodes stand far apart, are drawn bolder.
function boldness() { return strongOnly() ? 1.6 : 1; }

const wereHollow = new Set();

// A style as vis-network takes it: a hollow line is one of the page's color over one of its own.
function drawnStyle({ hollow, ...style }) {
  if (style.width === undefined) return style;
  const width = style.width * boldness();
  if (!hollow) return { ...style, width, ...(wereHollow.delete(style.id) ? { background: { enabled: false } } : {}) };
  wereHollow.add(style.id);
  const { outer, core } = hollowOf(width), { color, opacity } = style.color;
  const alpha = Math.round(opacity * 255).toString(16).padStart(2, "0");
  return {
    ...style, width: core, dashes: false, color: { color: paint.page, opacity: 1, inherit: false },
    background: { enabled: true, color: `${color}${alpha}`, size: outer, dashes: style.dashes },
  };
}

function restyle() {
  const changed = (items, sent) => {
    const out = [];
    for (const [item, style] of items) {
      const key = JSON.stringify(style), before = sent.get(style.id);
      if (before === key || (!before && style.hidden)) continue;
      out.push(before ? drawnStyle(style) : { ...plainItem(item), ...drawnStyle(style) });
      sent.set(style.id, key);
    }
    return out;
  };
  const members = closedClusters();
  const closed = data.clusters.map((cluster) => [cluster, clusterStyle(cluster, members.get(cluster.id))]);
  nodeSet.update(changed([...data.nodes.map((node) => [node, nodeStyle(node)]), ...closed], sentNodes));
  edgeSet.update(changed([...data.edges.map((edge) => [edge, edgeStyle(edge)]), ...bundles()], sentEdges));
  placed = null;
}

function clusterRadius(members) { return 6 + 0.9 * Math.sqrt(members); }

function clusterStyle(cluster, members) {
  if (!members) return { id: cluster.id, hidden: true };
  return { id: cluster.id, hidden: false, size: clusterRadius(members), opacity: lit ? 0.13 : 0.9 };
}

// One line for all lines between two ends of which one is a closed cluster.
function bundles() {
  if (!clusters.size) return [];
  const counts = new Map();
  for (const id of shown.edges.keys()) {
    const edge = edges.get(id), a = standIn(edge.from), b = standIn(edge.to);
    if ((a === edge.from && b === edge.to) || a === b || hairline(edge.relation)) continue;
    counts.set(`${a} ${b}`, { from: a, to: b, n: (counts.get(`${a} ${b}`)?.n || 0) + 1 });
  }
  const gone = [...sentEdges.keys()].filter((id) => String(id).startsWith("bundle:") && !counts.has(id.slice(7)));
  const drawn = [...counts].map(([name, { from, to, n }]) => [{ relation: "bundle", from, to, id: `bundle:${name}` }, {
    id: `bundle:${name}`, hidden: false, width: Math.min(6, 0.5 + 0.4 * Math.sqrt(n)), dashes: false,
    color: { color: looks.kinds.publication.color, opacity: lit ? 0.03 : 0.16, inherit: false },
  }]);
  return [...drawn, ...gone.map((id) => [null, { id, hidden: true }])];
}

function unfold(id) {
  openCluster(id);
  current = null;
  refresh();
  writeStatus();
  say(`${clusters.get(id).label}: opened.`);
  saveState(true);
}

// What vis-network needs of an item; the rest of the data stays out of its way.
function plainItem(item) {
  if (item.relation) return { id: item.id, from: item.from, to: item.to };
  return { id: item.id, x: item.x, y: item.y, shape: item.shape, color: item.color, title: tip(item) };
}

function tip(node) {
  if (node.members) return `${node.label}: click to open`;
  if (node.kind === "publication") return `${node.label}: ${node.definition}`;
  return `${node.label}: ${plural(node.weight, "study", "studies")}${node.reviews ? `, ${plural(node.reviews, "review")}` : ""}`;
}

function light(item) {
  if (!item) { lit = null; return; }
  const on = { nodes: new Set(), edges: new Set() };
  const around = item.relation ? [item] : edgesOf.get(item.id).filter((edge) => shown.edges.has(edge.id));
  for (const edge of around) { on.edges.add(edge.id); on.nodes.add(edge.from); on.nodes.add(edge.to); }
  if (item.relation) for (const [index] of item.said) on.nodes.add(`publication:${studies[index].key}`);
  else on.nodes.add(item.id);
  lit = on;
}

// --- view ---------------------------------------------------------------------------------------

let touched = false, fitted = 1;

function bounds(ids = null) {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  const points = [...(ids || shown.nodes.keys())].map(spot);
  if (!ids && captionsShown() && (strongOnly() || shown.nodes.size > nodes.size / 2)) points.push(...captionPlaces());
  for (const { x, y } of points) {
    left = Math.min(left, x); right = Math.max(right, x); top = Math.min(top, y); bottom = Math.max(bottom, y);
  }
  return left > right ? [-100, -100, 100, 100] : [left, top, right, bottom];
}

// The part of the canvas that a panel over it leaves free, and how far its middle is off.
function room() {
  const over = !panel.hidden && innerWidth <= 1000, sheet = innerWidth <= 760;
  const wide = over && !sheet ? panel.offsetWidth : 0, high = over && sheet ? panel.offsetHeight : 0;
  return { wide: canvasBox.clientWidth - wide, high: canvasBox.clientHeight - high, offset: { x: -wide / 2, y: -high / 2 } };
}

function fitScale([left, top, right, bottom] = bounds()) {
  const { wide, high } = room(), edge = strongOnly() ? 100 : wide < 600 ? 150 : 64;  // labels stand beyond the outer nodes
  return Math.max(0.05, Math.min(1.6, (wide - edge) / (right - left + 30), (high - 56) / (bottom - top + 30)));
}

function fit(animated = true) {
  const box = bounds();
  fitted = fitScale(box);
  moveTo({ x: (box[0] + box[2]) / 2, y: (box[1] + box[3]) / 2 }, fitted, animated);
}

function moveTo(position, scale, animated = true) {
  placed = null;
  net.moveTo({ position, scale, offset: room().offset, animation: animated && !still.matches ? { duration: 300, easingFunction: "easeInOutQuad" } : false });
}

function zoomBy(factor) {
  touched = true;
  const { x, y } = room().offset, at = net.DOMtoCanvas({ x: canvasBox.clientWidth / 2 + x, y: canvasBox.clientHeight / 2 + y });
  moveTo(at, Math.min(8, Math.max(0.05, net.getScale() * factor)));
  saveSoon();
}

// Bring nodes into sight, without a jump when they are in sight already.
function reveal(ids) {
  const box = bounds(ids), low = net.canvasToDOM({ x: box[0], y: box[1] }), high = net.canvasToDOM({ x: box[2], y: box[3] });
  const free = room();
  if (low.x > 20 && high.x < free.wide - 20 && low.y > 20 && high.y < free.high - 20) return;
  const scale = Math.min(net.getScale(), Math.max(fitScale(box), fitted * 0.7));
  moveTo({ x: (box[0] + box[2]) / 2, y: (box[1] + box[3]) / 2 }, scale);
}

// Fill the view with the concepts that a selection lights, not much nearer than the whole.
function approach() {
  const ids = [...lit.nodes].filter((id) => shown.nodes.has(id) && nodes.get(id).kind !== "publication");
  const box = bounds(ids.length ? ids : [...lit.nodes]), whole = fitScale();
  fitted = whole;
  moveTo({ x: (box[0] + box[2]) / 2, y: (box[1] + box[3]) / 2 }, Math.min(fitScale(box) * 0.9, innerWidth <= 760 ? 1.6 : 1.8 * whole));
}

// --- large pictures while they are dragged --------------------------------------------------------

// Without a GPU a frame of thousands of shapes takes too long one by one. While such a picture is
// dragged, it is drawn as a sketch: all shapes and all lines of a color at once, without dashes.
const SKETCH_FROM = 1500;
let sketch = null;

function startSketch() {
  const body = net.body;
  if (sentNodes.size + sentEdges.size < SKETCH_FROM || !body.nodeIndices) return;
  sketch = { nodes: body.nodeIndices, edges: body.edgeIndices, fills: new Map(), strokes: new Map() };
  const path = (paths, key) => { if (!paths.has(key)) paths.set(key, new Path2D()); return paths.get(key); };
  for (const id of body.edgeIndices) {
    const edge = edges.get(id), style = edge && edgeStyle(edge);
    if (!edge || style.color.opacity < 0.1) continue;
    const a = spot(edge.from), b = spot(edge.to), line = path(sketch.strokes, style.color.color);
    line.moveTo(a.x, a.y); line.lineTo(b.x, b.y);
  }
  const members = closedClusters();
  for (const id of body.nodeIndices) {
    const node = spot(id), style = clusters.has(id) ? clusterStyle(node, members.get(id)) : nodeStyle(node);
    const shape = path(sketch.fills, `${node.color} ${style.opacity}`), points = POINTS[node.shape];
    if (!points) { shape.moveTo(node.x + style.size, node.y); shape.arc(node.x, node.y, style.size, 0, 7); }
    else {
      points(style.size).forEach(([x, y], i) => (i ? shape.lineTo(node.x + x, node.y + y) : shape.moveTo(node.x + x, node.y + y)));
      shape.closePath();
    }
  }
  body.nodeIndices = []; body.edgeIndices = [];
}

function endSketch() {
  if (!sketch) return;
  Object.assign(net.body, { nodeIndices: sketch.nodes, edgeIndices: sketch.edges });
  sketch = null;
}

function drawSketch(ctx, scale) {
  ctx.setLineDash([]); ctx.lineWidth = 0.8 / scale; ctx.globalAlpha = 0.45;
  for (const [color, path] of sketch.strokes) { ctx.strokeStyle = color; ctx.stroke(path); }
  for (const [key, path] of sketch.fills) {
    const [color, opacity] = key.split(" ");
    ctx.fillStyle = color; ctx.globalAlpha = Number(opacity); ctx.fill(path);
  }
  ctx.globalAlpha = 1;
}

// --- animate --------------------------------------------------------------------------------

function follow() {
  const at = net.getPositions();
  for (const id of Object.keys(at)) Object.assign(spot(id), at[id]);
  placed = null;
}

function setMoving(on) {
  moving = on;
  net.setOptions({ physics: { enabled: on } });
  if (!on) { follow(); net.redraw(); }
}

// --- keyboard on the picture ---------------------------------------------------------------------

const ARROWS = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

// All that the arrow keys stop at: the nodes as drawn, strongest first, then closed clusters.
function stops() {
  const visible = ranked.filter((node) => shown.nodes.has(node.id) && standIn(node.id) === node.id);
  return [...visible, ...[...closedClusters().keys()].map((id) => clusters.get(id))];
}

function step(key) {
  const visible = stops();
  if (!visible.length) return;
  const here = visible.find((node) => node.id === current);
  let next = visible[0];
  if (here && key !== "Home") {
    const [dx, dy] = ARROWS[key];
    let best = Infinity;
    next = here;
    for (const node of visible) {
      const along = (node.x - here.x) * dx + (node.y - here.y) * dy;
      const aside = Math.abs((node.x - here.x) * dy) + Math.abs((node.y - here.y) * dx);
      const cost = along + 2.2 * aside;
      if (node !== here && along > 1 && cost < best) { best = cost; next = node; }
    }
  }
  current = next.id;
  placed = null;
  reveal([current]);
  net.redraw();
  if (next.members) say(`${next.label}, drawn as one. Enter opens it.`);
  else say(`${next.label}, ${looks.kinds[next.kind].one}. ${verdict(next, shown.nodes.get(current))} ${plural(linesOf(current).length, "line")}.`);
}

function linesOf(id, among = shown.edges) {
  return edgesOf.get(id).filter((edge) => among.has(edge.id))
    .sort((a, b) => hairline(a.relation) - hairline(b.relation) || among.get(b.id).weight - among.get(a.id).weight || a.id - b.id);
}

// Walk through the lines of the node on which the arrow keys stand.
function stepLine(by) {
  const from = current ?? (nodes.has(state.selected) ? state.selected : null);
  if (!from || clusters.has(from)) { step("Home"); return; }
  const lines = linesOf(from);
  if (!lines.length) { say("This node has no lines under these filters."); return; }
  const at = lines.findIndex((edge) => edge.name === state.selected);
  const edge = lines[(at + by + lines.length) % lines.length];
  choose(edge.name, { from });
}
