// The named queries with a form each, and the editor for one's own.

const LIMITS = [10, 30, 120, 600];
let queryView, ownView;

function queryOf(name) { return about.queries.find((query) => query.name === name); }

// --- named queries --------------------------------------------------------------------------------

function startQueries() {
  const list = byId("query-list"), search = byId("query-search");
  const groups = new Map();
  for (const query of [...about.queries].sort((a, b) => a.title.localeCompare(b.title))) {
    const group = query.for === "everybody" ? "For everybody" : `For ${/^[aeiou]/.test(query.for) ? "an" : "a"} ${query.for}`;
    if (!groups.has(group)) groups.set(group, []);
    groups.get(group).push(query);
  }
  for (const [group, queries] of [...groups].sort(([a], [b]) => a.localeCompare(b))) {
    list.append(el("section", {}, el("h2", { class: "caption" }, group), el("ul", {}, queries.map((query) => el("li", {},
      el("button", { type: "button", class: "plain", "data-query": query.name, "data-words": searched(`${query.name} ${query.title} ${query.about}`), onclick: () => { chooseQuery(query.name); saveState(true); } }, query.title))))));
  }
  search.addEventListener("input", () => {
    const words = searched(search.value).split(" ").filter(Boolean);
    for (const button of list.querySelectorAll("button")) button.parentElement.hidden = !words.every((word) => button.dataset.words.includes(word));
    for (const section of list.children) section.hidden = !section.querySelector("li:not([hidden])");
  });
  queryView = resultsView(byId("query-results"), (way) => { state.show = way; saveState(false); });
  byId("query-edit").addEventListener("click", () => writeQuery(byId("query-text").textContent));
  byId("query-form").addEventListener("submit", (event) => {
    event.preventDefault();
    state.values = formValues();
    saveState(true);
    runNamed();
  });
}

// Show the form of a query, filled with values, else with its defaults where the graph has them.
function chooseQuery(name, values = {}) {
  const query = queryOf(name);
  state.query = query ? name : "";
  state.values = values;
  for (const button of byId("query-list").querySelectorAll("button")) button.setAttribute("aria-current", String(button.dataset.query === name));
  byId("query-form").hidden = !query;
  byId("query-none").hidden = Boolean(query);
  queryView.clear();
  if (!query) return;
  byId("query-title").textContent = query.title;
  byId("query-about").textContent = query.about;
  byId("query-fields").replaceChildren(...query.parameters.map((parameter) => field(parameter, values[parameter.name])));
  for (const input of byId("query-fields").querySelectorAll("input[data-kind]")) {
    combobox((kind, text) => matches(kindsOf(kind), text), input);
  }
  if (innerWidth <= 760) byId("query-menu").open = false;
  runNamed();
}

function field(parameter, value) {
  const id = `parameter-${parameter.name}`, kinds = kindsOf(parameter.type), note = `${parameter.meaning}${parameter.optional ? " (may be left empty)" : ""}`;
  return el("div", { class: "box" }, el("label", { for: id }, heading(parameter.name)),
    el("input", { type: "text", id, name: parameter.name, autocomplete: "off", maxlength: 400, value: value ?? suggested(parameter), "data-kind": kinds ? parameter.type : null, "aria-describedby": `${id}-note` }),
    el("p", { class: "fine", id: `${id}-note` }, capital(note)));
}

// The default of a parameter, by its label, unless the graph does not have it.
function suggested({ type, value }) {
  const kinds = kindsOf(type);
  if (!kinds || !value) return value;
  try {
    const concept = conceptOf.get(resolve(value, kinds));
    return concept ? unambiguous(concept, kinds) : value;
  } catch {
    return "";
  }
}

function formValues() {
  return Object.fromEntries([...byId("query-fields").querySelectorAll("input")].map((input) => [input.name, input.value.trim()]).filter(([, value]) => value));
}

async function runNamed() {
  const query = queryOf(state.query), values = formValues();
  try {
    const text = await boundText({ ...query, parameters: query.parameters.map((parameter) => ({ ...parameter, value: "" })) }, values);
    byId("query-text").textContent = text;
    await queryView.run(text, query.name, LIMIT);
  } catch (error) {
    queryView.problem(error);
  }
}

// --- one's own ------------------------------------------------------------------------------------

function startEditor() {
  const form = byId("own-form"), text = byId("own-text"), examples = byId("own-examples");
  for (const query of [...about.queries].sort((a, b) => a.title.localeCompare(b.title))) examples.append(el("option", { value: query.name }, query.title));
  byId("own-limit").append(...LIMITS.map((seconds) => el("option", { value: seconds, selected: seconds === LIMIT }, seconds < 60 ? `${seconds} s` : `${seconds / 60} min`)));
  completion(allTerms, text);
  ownView = resultsView(byId("own-results"), (way) => { state.show = way; saveState(false); });
  examples.addEventListener("change", async () => {
    const query = queryOf(examples.value);
    if (!query) return;
    try { text.value = await boundText(query, query.example); } catch { text.value = bind(query.pieces, {}); }
    keepOwn();
  });
  text.addEventListener("change", keepOwn);
  form.addEventListener("submit", (event) => { event.preventDefault(); runOwn(); });
}

function keepOwn() { state.sparql = byId("own-text").value; saveState(false); }

async function runOwn() {
  state.sparql = byId("own-text").value;
  saveState(true);
  await ownView.run(state.sparql, "query", Number(byId("own-limit").value));
}

// Open the editor with a text.
function writeQuery(text) {
  byId("own-text").value = text;
  state.sparql = text;
  showTab("sparql");
  runOwn();
  byId("own-text").focus();
}

// The names that the editor completes: prefixes, classes and properties, concepts.
async function allTerms() {
  const found = await engine.ask(bind(about.own.terms, {})).catch(() => ({ rows: [] }));
  const terms = found.rows.map(([term, label]) => [compact(term.value), label.value]).filter(([name]) => !name.includes("//"));
  return [...Object.entries(about.prefixes).map(([name, iri]) => [`${name}:`, iri]), ...terms, ...concepts.map((concept) => [concept.curie, concept.label])];
}
