// The page: its state, its controls, its address, and the start.

const live = document.getElementById("live");
const byId = (id) => document.getElementById(id);

function say(text) { live.textContent = ""; requestAnimationFrame(() => { live.textContent = text; }); }

// --- selection ------------------------------------------------------------------------------------

function itemOf(name) { return nodes.get(name) || edgeNames.get(name) || null; }

// Select a node by its id or a line by its name; null selects nothing.
function choose(name, { from = null, push = true, focusPanel = false, move = true } = {}) {
  const item = name ? itemOf(name) : null;
  const before = state.selected;
  const closed = panel.hidden;
  const restore = panel.contains(document.activeElement);
  state.selected = item ? name : null;
  if (item && !inScope(item)) setScope("all");
  for (const id of item ? (item.relation ? [item.from, item.to] : [item.id]) : []) {
    if (standIn(id) !== id) openCluster(standIn(id));
  }
  refilter();
  light(item);
  if (item) {
    if (!item.relation) current = item.id; else if (from) current = from;
    openPanel(item);
    if (innerWidth <= 760 && !document.body.classList.contains("without-filters")) toggleFilters();
    const sum = item.relation ? shown.edges.get(item.id) : shown.nodes.get(item.id);
    say(`${item.relation ? titleOf(item) : item.label}. ${verdict(item, sum || summary(item))}`);
    if (move && state.view === "picture") {
      requestAnimationFrame(() => (closed && !touched ? approach() : reveal([...lit.nodes].filter((id) => shown.nodes.has(id)))));
    }
    if (focusPanel || restore) byId("panel-title").focus();
  } else {
    closePanel();
    if (move && !touched && state.view === "picture") requestAnimationFrame(() => fit());
    if (restore) (state.view === "table" ? tableBox : canvasBox).focus();
  }
  refresh();
  if (push && before !== state.selected) saveState(true);
}

function refresh() {
  restyle();
  drawTables();
  writeStatus();
  net.redraw();
}

function filtersChanged() {
  refilter();
  const item = itemOf(state.selected);
  light(item);
  if (item) openPanel(item);
  writeLegend();
  refresh();
  saveState(false);
}

function writeStatus() {
  const by = Object.fromEntries(KINDS.map((kind) => [kind, 0]));
  for (const id of shown.nodes.keys()) by[nodes.get(id).kind] += 1;
  const many = clusters.size && !strongOnly() ? `. Too many to draw at once: the weaker ones are clusters (double outline) that open on click` : "";
  const hidden = numbers.format(nodes.size - shown.nodes.size);
  const why = strongOnly() ? `${hidden} more with \u201cShow everything\u201d` : `${hidden} switched off in the legend`;
  const off = nodes.size > shown.nodes.size ? `, ${why}` : "";
  byId("count").textContent = `${plural(shown.studies.size, "publication")}, ${plural(shown.nodes.size, "node")} shown${off}${many}`;
  for (const kind of KINDS) byId(`count-${kind}`).textContent = numbers.format(by[kind]);
}

function writeLegend() {
  const tally = Object.fromEntries(STANCES.map((stance) => [stance, 0]));
  for (const edge of data.edges) {
    if (!inScope(edge) || !looks.stanceRelations.includes(edge.relation) || !kindOn(edge.from) || !kindOn(edge.to)) continue;
    const sum = summary(edge);
    if (sum.studies.length && (sum.weight >= state.least || state.least <= 1)) tally[sum.stance] += 1;
  }
  STANCES.forEach((stance, i) => { byId(`stance-count-${i}`).textContent = numbers.format(tally[stance]); });
}

// --- controls -------------------------------------------------------------------------------------

const SLIDERS = { level: "level", from: "from", to: "to", least: "least" };

function levelWords() {
  return { 1: "1 only", 2: "1 or 2", 3: "1 to 3", 4: "1 to 4", 5: "any" }[state.level];
}

function writeControls() {
  for (const kind of KINDS) byId(`kind-${kind}`).checked = state.kinds.has(kind);
  STANCES.forEach((stance, i) => { byId(`stance-${i}`).checked = state.stances.has(stance); });
  for (const [id, key] of Object.entries(SLIDERS)) byId(id).value = state[key];
  byId("level-out").textContent = levelWords();
  byId("level").setAttribute("aria-valuetext", `design level ${levelWords()}`);
  byId("years-out").textContent = state.from === YEARS[0] && state.to === YEARS[1] ? "all" : `${state.from} to ${state.to}`;
  byId("least-out").textContent = state.least === 1 ? "any" : `at least ${state.least}`;
  byId("size").value = state.size;
  byId("hierarchy").checked = state.hierarchy;
  const table = state.view === "table";
  tableBox.hidden = !table;
  canvasBox.hidden = table;
  byId("table-button").setAttribute("aria-pressed", String(table));
}

function startControls() {
  for (const kind of KINDS) {
    byId(`swatch-${kind}`).append(shapeSvg(kind));
    byId(`kind-${kind}`).addEventListener("change", (event) => { toggle(state.kinds, kind, event.target.checked); filtersChanged(); });
  }
  STANCES.forEach((stance, i) => {
    byId(`stance-swatch-${i}`).append(lineSvg(looks.stances[stance].color, 3, []));
    byId(`stance-${i}`).addEventListener("change", (event) => { toggle(state.stances, stance, event.target.checked); filtersChanged(); });
  });
  byId("dash-hollow").append(lineSvg("currentColor", 4, [], true));
  for (const [level, id] of [[2, "dash-solid"], [3, "dash-dashed"], [4, "dash-dotted"]]) {
    byId(id).append(lineSvg("currentColor", 2.5 * looks.levels[level].factor, looks.levels[level].dash));
  }
  for (const [id, key] of Object.entries(SLIDERS)) {
    byId(id).addEventListener("input", (event) => {
      state[key] = Number(event.target.value);
      if (id === "from") state.to = Math.max(state.to, state.from);
      if (id === "to") state.from = Math.min(state.from, state.to);
      writeControls();
      filtersChanged();
    });
  }
  byId("from").min = byId("to").min = YEARS[0];
  byId("from").max = byId("to").max = YEARS[1];
  byId("size").addEventListener("change", (event) => { state.size = event.target.value; filtersChanged(); });
  byId("hierarchy").addEventListener("change", (event) => { state.hierarchy = event.target.checked; filtersChanged(); });
  byId("reset").addEventListener("click", reset);
  byId("fit").addEventListener("click", () => { touched = false; fit(); saveSoon(); });
  byId("in").addEventListener("click", () => zoomBy(1.35));
  byId("out").addEventListener("click", () => zoomBy(1 / 1.35));
  byId("move").addEventListener("click", () => { setMoving(!moving); byId("move").setAttribute("aria-pressed", String(moving)); });
  byId("table-button").addEventListener("click", () => setView(state.view === "table" ? "picture" : "table"));
  byId("save-png").addEventListener("click", savePng);
  byId("save-svg").addEventListener("click", saveSvg);
  byId("theme").addEventListener("click", nextTheme);
  byId("help-button").addEventListener("click", () => byId("help").showModal());
  byId("filters-button").addEventListener("click", toggleFilters);
}

function toggle(set, value, on) { if (on) set.add(value); else set.delete(value); }

function reset() {
  Object.assign(state, { kinds: new Set(KINDS), stances: new Set(STANCES), level: 5, from: YEARS[0], to: YEARS[1], least: 1, size: "studies", hierarchy: false });
  state.open.clear();
  searchBox.value = "";
  writeControls();
  filtersChanged();
}

function setView(view) {
  state.view = view;
  writeControls();
  drawTables();
  if (view === "picture") { net.setSize("100%", "100%"); net.redraw(); canvasBox.focus(); } else tableBox.focus();
  saveState(true);
}

function toggleFilters() {
  const off = document.body.classList.toggle("without-filters");
  byId("filters-button").setAttribute("aria-expanded", String(!off));
  requestAnimationFrame(() => { if (!touched) fit(false); });
}

const THEMES = ["auto", "light", "dark"];
let theme = "auto";
function nextTheme() {
  const now = theme === "auto" ? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light") : theme;
  setTheme(now === "dark" ? "light" : "dark");
  saveState(false);
}

function setTheme(name) {
  theme = THEMES.includes(name) ? name : "auto";
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  const before = paint.page;
  readPaint();
  if (net && paint.page !== before) restyle();
  if (net) net.redraw();
}

// --- address: the state is in the fragment, so that a view can be sent ------------------------------

function fragment() {
  const parts = new URLSearchParams();
  if (state.selected) parts.set("sel", state.selected);
  if (state.kinds.size < KINDS.length) parts.set("kinds", KINDS.filter((k) => state.kinds.has(k)).join(","));
  if (state.stances.size < STANCES.length) parts.set("stances", STANCES.map((s, i) => (state.stances.has(s) ? i : "")).filter((i) => i !== "").join(","));
  if (state.level < 5) parts.set("level", state.level);
  if (state.from > YEARS[0]) parts.set("from", state.from);
  if (state.to < YEARS[1]) parts.set("to", state.to);
  if (state.least > 1) parts.set("least", state.least);
  if (state.size !== "studies") parts.set("size", state.size);
  if (state.hierarchy) parts.set("hierarchy", 1);
  if (state.open.size) parts.set("open", data.clusters.map((c, i) => (state.open.has(c.id) ? i : "")).filter((i) => i !== "").join(","));
  if (data.strong && !strongOnly()) parts.set("show", "all");
  if (state.view !== "picture") parts.set("view", state.view);
  if (theme !== "auto") parts.set("theme", theme);
  if (touched) {
    const { x, y } = room().offset, at = net.DOMtoCanvas({ x: canvasBox.clientWidth / 2 + x, y: canvasBox.clientHeight / 2 + y });
    parts.set("at", [...(tall ? [at.y, at.x] : [at.x, at.y]).map(Math.round), net.getScale().toFixed(3)].join(","));
  }
  const text = parts.toString().replaceAll("%3A", ":").replaceAll("%2C", ",");
  return text ? `#${text}` : "";
}

// Inside the explorer, the frame around the page holds its state, and hears when that changes.
const holder = frameElement && frameElement.dataset.state !== undefined ? frameElement : null;

function saveState(push) {
  const next = fragment();
  if (holder) {
    if (holder.dataset.state === next) return;
    holder.dataset.state = next;
    holder.dispatchEvent(new CustomEvent("state", { detail: push }));
    return;
  }
  if (next === location.hash || (!next && !location.hash)) return;
  try {
    history[push ? "pushState" : "replaceState"](null, "", next || location.pathname + location.search);
  } catch {
    // A page inside a notebook's frame has no address of its own: the state stays on the page.
  }
}

let saving;
function saveSoon() { touched = true; clearTimeout(saving); saving = setTimeout(() => saveState(false), 300); }

function readState() {
  const parts = new URLSearchParams((holder ? holder.dataset.state : location.hash).slice(1));
  const within = (key, low, high, otherwise) => {
    const n = Number(parts.get(key));
    return parts.has(key) && Number.isFinite(n) ? Math.min(high, Math.max(low, Math.round(n))) : otherwise;
  };
  state.kinds = new Set(parts.has("kinds") ? parts.get("kinds").split(",").filter((k) => KINDS.includes(k)) : KINDS);
  state.stances = new Set(parts.has("stances") ? parts.get("stances").split(",").filter((i) => i in STANCES).map((i) => STANCES[i]) : STANCES);
  state.level = within("level", 1, 5, 5);
  state.from = within("from", ...YEARS, YEARS[0]);
  state.to = within("to", ...YEARS, YEARS[1]);
  state.least = within("least", 1, 10, 1);
  state.size = parts.get("size") === "participants" ? "participants" : "studies";
  state.hierarchy = parts.has("hierarchy");
  state.view = parts.get("view") === "table" ? "table" : "picture";
  state.open = new Set((parts.get("open") || "").split(",").filter((i) => i && data.clusters[i]).map((i) => data.clusters[i].id));
  setTheme(parts.get("theme") || "auto");
  state.selected = itemOf(parts.get("sel")) ? parts.get("sel") : null;
  state.scope = data.strong && parts.get("show") !== "all" ? "strong" : "all";
  if (state.selected && !inScope(itemOf(state.selected))) state.scope = "all";
  if (net) arrange();
  const at = (parts.get("at") || "").split(",").map(Number);
  return at.length === 3 && at.every(Number.isFinite) && at[2] > 0 ? at : null;
}

function applyState() {
  const view = readState();
  writeControls();
  writeLegend();
  writeGuide();
  if (state.selected || !panel.hidden) choose(state.selected, { push: false, move: !view });
  else { refilter(); light(null); refresh(); }
  touched = Boolean(view);
  fitted = fitScale();
  if (view) moveTo(tall ? { x: view[1], y: view[0] } : { x: view[0], y: view[1] }, view[2], false);
  else if (state.view === "picture") fit(false);
}

// --- keys -----------------------------------------------------------------------------------------

function keys(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const target = event.target;
  const typing = target.matches("input, select, textarea");
  if (event.key === "Escape" && !byId("help").open) {
    if (state.selected) choose(null);
    else if (state.open.size) { state.open.clear(); refresh(); saveState(true); }
    return;
  }
  if (typing || byId("help").open) return;
  if (event.key === "/") { if (document.body.classList.contains("without-filters")) toggleFilters(); searchBox.focus(); searchBox.select(); }
  else if (event.key === "?") byId("help").showModal();
  else if (event.key === "t") setView(state.view === "table" ? "picture" : "table");
  else if (event.key === "f") toggleFilters();
  else if (state.view === "picture" && (event.key === "+" || event.key === "=")) zoomBy(1.35);
  else if (state.view === "picture" && event.key === "-") zoomBy(1 / 1.35);
  else if (state.view === "picture" && event.key === "0") { touched = false; fit(); }
  else if (target === canvasBox && (ARROWS[event.key] || event.key === "Home")) step(event.key);
  else if (target === canvasBox && (event.key === "Enter" || event.key === " ") && (current || state.selected)) {
    if (clusters.has(current)) unfold(current);
    else choose(edgeNames.has(state.selected) ? state.selected : current, { focusPanel: true });
  }
  else if (target === canvasBox && (event.key === "n" || event.key === "p")) stepLine(event.key === "n" ? 1 : -1);
  else return;
  event.preventDefault();
}

function start() {
  const little = innerWidth <= 760 || innerHeight <= 480;
  if (little) document.body.classList.add("without-filters");
  byId("filters-button").setAttribute("aria-expanded", String(!little));
  readState();
  writeGuide();
  arrange();
  refilter();
  startCanvas();
  startControls();
  startSearch();
  applyState();
  document.addEventListener("keydown", keys);
  canvasBox.addEventListener("focus", () => net.redraw());
  canvasBox.addEventListener("blur", () => net.redraw());
  addEventListener("popstate", applyState);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => setTheme(theme));
  document.documentElement.dataset.ready = "true";
}

// What tests and benchmarks ask of the page; nothing here changes it.
let drawnFrames = 0;
window.mngraphTest = {
  where(id) {
    const at = net.canvasToDOM(spot(id)), box = canvasBox.getBoundingClientRect();
    return { x: at.x + box.x, y: at.y + box.y };
  },
  whereLine(name) {
    const edge = edgeNames.get(name), a = this.where(edge.from), b = this.where(edge.to);
    return [0.5, 0.4, 0.6, 0.3, 0.7].map((t) => ({ x: a.x + (b.x - a.x) * t, y: a.y + (b.y - a.y) * t }));
  },
  hit({ x, y }) {
    const box = canvasBox.getBoundingClientRect();
    return pick({ x: x - box.x, y: y - box.y });
  },
  // The boxes of the labels as they stand on the canvas now.
  labels: () => (placed || []).map(({ id, x, y, wide, high }) => {
    const at = net.canvasToDOM({ x, y });
    return { id, box: [at.x - wide, at.y - high, at.x + wide, at.y + high] };
  }),
  shown: () => ({ nodes: [...shown.nodes.keys()], edges: [...shown.edges.keys()].map((id) => edges.get(id).name) }),
  style(name) {
    const item = itemOf(name);
    return item.relation ? edgeStyle(item) : nodeStyle(item);
  },
  clusters: () => [...closedClusters().keys()],
  view: () => ({ ...net.getViewPosition(), scale: net.getScale() }),
  picture: svgPicture,
  countFrames() { drawnFrames = 0; },
  framesDrawn: () => drawnFrames,
};

start();
