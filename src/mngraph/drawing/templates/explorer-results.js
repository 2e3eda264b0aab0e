// The results of a query: table, chart or map, downloads, and how the query ended.

const PAGE = 200;             // rows that a table shows before it is asked for more

// A view of results in a box; `changed` hears which way of showing them the reader chose.
function resultsView(box, changed = () => {}) {
  const owner = {};            // whose query runs
  let found = null, turn = 0, way = "table", name = "results", text = "";
  const stop = el("button", { type: "button", onclick: () => engine.stop(owner) }, "Stop");

  function ways() {
    const able = ["table"];
    if (found.form === "SELECT" && found.rows.length && chartable(found).values.length) able.push("chart");
    if (found.rows.length && layersOf(found).length > 1) able.push("map");
    return able;
  }

  function draw() {
    if (found.truth !== undefined) { box.replaceChildren(el("p", { class: "bottom-line" }, found.truth ? "Yes" : "No")); return; }
    const able = ways(), shown = able.includes(way) ? way : "table";
    const buttons = able.length > 1 ? able.map((each) => el("button", { type: "button", "aria-pressed": String(each === shown), onclick: () => { way = each; changed(way); draw(); box.querySelector(`[data-way=${each}]`).focus(); }, "data-way": each }, capital(each))) : [];
    const triples = found.form !== "SELECT";
    const files = triples
      ? [el("button", { type: "button", onclick: saveTurtle }, "Turtle")]
      : [el("button", { type: "button", onclick: () => download(`${name}.csv`, csvText(found.columns, found.rows), "text/csv") }, "CSV")];
    const what = counted(found.rows.length, triples ? "triple" : "row");
    const bar = el("div", { class: "result-bar" },
      el("p", { class: "small", role: "status" }, `${what} in ${found.seconds.toFixed(2)} s`),
      buttons.length ? el("div", { class: "ways", role: "group", "aria-label": "Show as" }, buttons) : "", el("div", { class: "files", role: "group", "aria-label": "Download" }, files));
    const body = !found.rows.length ? el("p", {}, "No row fits.") : shown === "chart" ? barChart(found) : shown === "map" ? linkMap(found, openResource) : resultTable(found);
    box.replaceChildren(bar, body);
  }

  async function saveTurtle() {
    try {
      download(`${name}.ttl`, await engine.ask(text, { turtle: true }), "text/turtle");
    } catch (error) { problem(error); }
  }

  function problem(error) {
    found = null;
    box.replaceChildren(el("p", { class: "problem", role: "alert" }, `${capital(error.message)}.`.replace(/([.?!])\.$/, "$1")));
  }

  return {
    clear() { engine.stop(owner); turn += 1; found = null; box.replaceChildren(); },
    set way(chosen) { way = chosen || "table"; if (found) draw(); },
    get way() { return way; },
    get found() { return found; },
    problem,
    // Run a query and show what it finds, in place of one that still runs.
    async run(query, title, limit) {
      engine.stop(owner);
      const own = ++turn;
      text = query; name = title;
      found = null;
      box.replaceChildren(el("div", { class: "result-bar" }, el("p", { class: "small", role: "status" }, engine.isReady ? "The query runs." : "The engine starts."), stop));
      try {
        const answer = await engine.ask(query, { limit, owner });
        if (own !== turn) return;
        found = answer;
        draw();
      } catch (error) {
        if (own === turn) problem(error);
      }
    },
  };
}

function resultTable({ columns, rows }) {
  const right = columns.map((_, at) => rows.some((row) => isNumber(row[at])));
  const body = el("tbody");
  const more = el("button", { type: "button", onclick: () => fill() });
  const fill = () => {
    const from = body.rows.length;
    body.append(...rows.slice(from, from + (from ? 5 * PAGE : PAGE)).map((row) => el("tr", {}, row.map((term, at) => el("td", { class: right[at] ? "number" : isLong(term) ? "long" : null }, cell(term))))));
    more.textContent = `Show more of ${numbers.format(rows.length)} rows`;
    more.hidden = body.rows.length >= rows.length;
  };
  fill();
  return el("div", {}, el("div", { class: "scrolled", tabindex: 0, role: "region", "aria-label": "Results" },
    el("table", { class: "rows" }, el("thead", {}, el("tr", {}, columns.map((name, at) => el("th", { scope: "col", class: right[at] ? "number" : null }, heading(name))))), body)), more);
}

// A text that a narrow column would draw out to many lines.
function isLong(term) { return term?.type === "literal" && term.value.length > 48; }

// A cell: resources open, addresses lead to the web, all else is text.
function cell(term) {
  if (!term) return "";
  if (term.type !== "uri") return isWeb(term.value) ? outward(term.value, address(term.value), term.value) : shownTerm(term);
  return resource(term.value, shownTerm(term));
}

// An address without what all addresses begin with.
function address(text) { return text.replace(/^https?:\/\//, ""); }

function isOurs(iri) { return about.bases.some((base) => iri.startsWith(base)); }

function resource(iri, text) {
  if (!isOurs(iri)) return isWeb(iri) ? outward(iri, address(text), iri) : text;
  const label = labelOf(iri);
  return el("button", { type: "button", class: "link", title: label && label !== text ? label : null, onclick: () => openResource(iri) }, text);
}
