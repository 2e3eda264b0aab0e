// The network and the gap map: pages of their own, each in a frame that is filled when it is opened.

const frames = {};

async function openFrame(name) {
  if (frames[name]) return frames[name];
  const frame = byId(`frame-${name}`);
  frames[name] = new Promise((resolve) => {
    frame.addEventListener("load", () => { dress(frame); resolve(frame); }, { once: true });
  });
  if (name === "network") {
    frame.dataset.state = networkState();
    frame.addEventListener("state", (event) => { state.net = frame.dataset.state.replace(/^#/, ""); saveState(event.detail); });
  }
  frame.srcdoc = await inflate(name);
  return frames[name];
}

// The state of the network as its page writes it, with the theme of this page.
function networkState() {
  const parts = new URLSearchParams(state.net);
  if (state.theme) parts.set("theme", state.theme); else parts.delete("theme");
  return `#${parts}`;
}

// Give a frame the theme of the page, and hide what the page has itself.
function dress(frame) {
  const root = frame.contentDocument?.documentElement;
  if (!root) return;
  root.classList.add("framed");
  if (state.theme) root.dataset.theme = state.theme; else delete root.dataset.theme;
}

async function restoreNetwork() {
  const frame = await openFrame("network"), now = networkState();
  if (frame.dataset.state === now) return;
  frame.dataset.state = now;
  // In a notebook each frame is on its own, and the network keeps its state to itself.
  if (frame.contentDocument) frame.contentWindow.dispatchEvent(new Event("popstate"));
}

// The node of the network that stands for a resource; a study is there as its publication.
function nodeOf(iri) { return compact(iri).replace(/^study:/, "publication:"); }
let drawn = new Set();
function inNetwork(iri) { return drawn.has(nodeOf(iri)); }

function showInNetwork(iri) {
  const parts = new URLSearchParams(state.net);
  parts.set("sel", nodeOf(iri));
  parts.delete("view");
  parts.delete("at");
  state.net = parts.toString();
  showTab("network");
  saveState(true);
}
