// What the page opens on: the strongest comparisons of a large network, with a caption that says what
// to look at, places to start, and a way to everything and back.

const guide = document.getElementById("guide");
let tall = false;   // on a canvas higher than wide, the picture lies on its side

for (const item of [...data.nodes, ...data.clusters]) item.home = [item.x, item.y];

function strongOnly() { return Boolean(data.strong) && state.scope === "strong"; }

// Whether a node or a line belongs to what is drawn now, whatever the filters leave of it.
function inScope(item) { return !strongOnly() || Boolean(item.strong); }

// The sectors and radii of the picture that is drawn.
function arrangement() { return strongOnly() ? data.strong : data; }

function isTall() {
  return canvasBox.clientWidth ? canvasBox.clientHeight > 1.2 * canvasBox.clientWidth : tall;
}

// Put every node where the picture that is drawn has it.
function arrange() {
  tall = isTall();
  for (const item of [...data.nodes, ...data.clusters]) {
    const [x, y] = (strongOnly() && item.strong) || item.home;
    Object.assign(item, tall ? { x: y, y: x } : { x, y });
  }
}

function setScope(scope) {
  state.scope = scope;
  touched = false;
  arrange();
  refilter();
  writeGuide();
  writeLegend();
}

// The button of the caption: everything, or the strongest again.
function toggleScope() {
  setScope(strongOnly() ? "all" : "strong");
  const item = itemOf(state.selected);
  if (item && !inScope(item)) choose(null, { push: false, move: false });
  else light(item);
  refresh();
  if (state.view === "picture") fit(false);
  say(guide.querySelector("h2").textContent);
  saveState(true);
}

function keyOf(stance, more = "") {
  const { color, sign, words } = looks.stances[stance];
  return h("span", { class: "key" }, lineSvg(color, 3, []), h("span", { class: "sign", "aria-hidden": "true" }, sign), words + more);
}

// The heading and the text of the caption, which a saved picture has too.
function captionText() {
  if (!strongOnly()) return ["Everything in the graph", `All ${plural(nodes.size, "node")}. Hollow lines: seen only before and after treatment.`];
  const lines = data.edges.filter((edge) => edge.strong).length;
  return ["The strongest comparisons", `The ${lines} lines with the most randomized studies, from treatment to indication.`];
}

function writeGuide() {
  guide.hidden = !data.strong;
  if (!data.strong) return;
  const [heading, text] = captionText();
  const starts = data.strong.starts.map((id, i) => [i ? " \u00b7 " : "",
    h("button", { type: "button", class: "link", dir: "auto", onclick: () => choose(id) }, nodes.get(id).label)]);
  guide.replaceChildren(
    h("div", { class: "guide-head" },
      h("h2", {}, heading),
      h("p", { class: "guide-text" }, text),
      h("button", { type: "button", id: "scope", onclick: () => { toggleScope(); document.getElementById("scope").focus(); } },
        strongOnly() ? "Show everything" : "Show the strongest")),
    h("div", { class: "guide-head" }, h("p", { class: "keys" }, keyOf("supports", ": better than the comparator"), keyOf("disputes"),
      keyOf("no difference"), keyOf("mixed"), h("span", { class: "key muted" }, "wider: more studies")),
      starts.length ? h("p", { class: "starts" }, "Start here: ", starts) : ""));
}
