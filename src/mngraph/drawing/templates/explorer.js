// The page: its tabs, its state in the address, and the start.

const TABS = ["network", "map", "evidence", "queries", "sparql"];
const KEPT = ["indication", "with", "procedure", "event", "claim", "query", "sparql", "show", "net", "theme"];
const state = { tab: TABS[0], values: {}, ...Object.fromEntries(KEPT.map((name) => [name, ""])) };

// --- the address ----------------------------------------------------------------------------------

function fragment() {
  const parts = new URLSearchParams();
  const keep = {
    network: ["net"], map: [], evidence: ["indication", "with", "procedure", "event", "claim"],
    queries: ["query", "show"], sparql: ["sparql", "show"],
  }[state.tab];
  if (state.tab !== TABS[0]) parts.set("tab", state.tab);
  for (const name of [...keep, "theme"]) if (state[name] && !(name === "show" && state[name] === "table")) parts.set(name, state[name]);
  if (state.tab === "queries") for (const [name, value] of Object.entries(state.values)) parts.set(`p.${name}`, value);
  const text = parts.toString();
  return text ? `#${text}` : "";
}

function saveState(push) {
  const next = fragment();
  if (next === location.hash || (!next && !location.hash)) return;
  try {
    history[push ? "pushState" : "replaceState"](null, "", next || location.pathname + location.search);
  } catch {
    // A page inside a notebook's frame has no address of its own.
  }
}

function readState() {
  const parts = new URLSearchParams(location.hash.slice(1));
  for (const name of KEPT) state[name] = parts.get(name) || "";
  state.tab = TABS.includes(parts.get("tab")) ? parts.get("tab") : TABS[0];
  state.values = Object.fromEntries([...parts].filter(([name]) => name.startsWith("p.")).map(([name, value]) => [name.slice(2), value]));
  if (!["light", "dark"].includes(state.theme)) state.theme = "";
}

function applyState() {
  readState();
  setTheme(state.theme);
  if (state.tab === "evidence") { answerBox.replaceChildren(); byId("resource").close(); }
  if (state.tab === "queries") { queryView.way = state.show; chooseQuery(state.query, state.values); }
  if (state.tab === "sparql") {
    ownView.way = state.show;
    if (state.sparql) byId("own-text").value = state.sparql;
    if (state.sparql) ownView.run(state.sparql, "query", LIMIT); else ownView.clear();
  }
  showTab(state.tab);
}

// --- tabs -----------------------------------------------------------------------------------------

function showTab(name) {
  state.tab = name;
  document.body.dataset.tab = name;
  for (const each of TABS) {
    const tab = byId(`tab-${each}`), on = each === name;
    tab.setAttribute("aria-selected", String(on));
    tab.tabIndex = on ? 0 : -1;
    byId(`panel-${each}`).hidden = !on;
  }
  byId(`tab-${name}`).scrollIntoView({ block: "nearest", inline: "nearest" });
  if (name === "evidence" && !answerBox.childElementCount) restoreFinder();
  if (name === "network") restoreNetwork();
  if (name === "map") openFrame("map").then(dress);
}

function startTabs() {
  for (const name of TABS) {
    const tab = byId(`tab-${name}`);
    tab.addEventListener("click", () => { showTab(name); saveState(true); });
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1, Home: -TABS.indexOf(name), End: TABS.length - 1 - TABS.indexOf(name) }[event.key];
      if (step === undefined) return;
      event.preventDefault();
      const next = TABS[(TABS.indexOf(name) + step + TABS.length) % TABS.length];
      showTab(next);
      saveState(true);
      byId(`tab-${next}`).focus();
    });
  }
}

// --- theme ----------------------------------------------------------------------------------------

function setTheme(theme) {
  state.theme = theme;
  if (theme) document.documentElement.dataset.theme = theme; else delete document.documentElement.dataset.theme;
  for (const name of ["network", "map"]) if (frames[name]) dress(byId(`frame-${name}`));
}

function nextTheme() {
  const now = state.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
  setTheme(now === "dark" ? "light" : "dark");
  if (frames.network) restoreNetwork();
  saveState(false);
}

// --- start ----------------------------------------------------------------------------------------

let since;                    // ms from opening the page until it could be used
async function start() {
  readState();
  setTheme(state.theme);
  document.body.dataset.tab = state.tab;
  engine.onready = (quads) => {
    byId("engine-state").textContent = `${numbers.format(quads)} statements, ready for questions. `;
    document.documentElement.dataset.engine = "ready";
  };
  engine.start();
  about = JSON.parse(await inflate("about"));
  readNames();
  drawn = new Set(about.drawn);
  startTabs();
  startFinder();
  startQueries();
  startEditor();
  byId("theme").addEventListener("click", nextTheme);
  byId("resource-close").addEventListener("click", () => byId("resource").close());
  byId("resource").addEventListener("click", (event) => { if (event.target === byId("resource")) byId("resource").close(); });
  byId("resource").addEventListener("close", () => { if (state.claim) { state.claim = ""; saveState(false); } });
  applyState();
  addEventListener("popstate", applyState);
  document.documentElement.dataset.ready = "true";
  since = performance.now();
}

// What tests and benchmarks ask of the page; nothing here changes it.
window.mngraphTest = {
  queries: () => about.queries.map(({ name, example }) => [name, example]),
  async rows(name, values) {
    const found = await engine.ask(await boundText(queryOf(name), values));
    return { columns: found.columns, truth: found.truth, number: found.rows.length, csv: csvText(found.columns, found.rows) };
  },
  times: () => ({ ready: since, answered: engine.first }),
  ask: (text, options) => engine.ask(text, options),
};

start();
