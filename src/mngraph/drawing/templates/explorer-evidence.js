// The evidence finder: the claims that a question is about, and the comparisons behind each. The
// counts are those of the graph; nothing is weighed here that a rule of the graph has not weighed.

const LEAD = ["indication", "with", "procedure", "event"];
const finder = byId("finder"), answerBox = byId("answer");
const VALUES = Object.fromEntries(LEAD.map((name) => [name, () => finder.elements[name].value.trim()]));
const STANCE_NAMES = { Supports: "supports", Disputes: "disputes", Inconclusive: "no difference", MixedStance: "mixed", WithinTreatment: "within" };

function question() { return Object.fromEntries(LEAD.map((name) => [name, VALUES[name]()])); }

let turn = 0;
async function ask(opened = "") {
  const asked = question(), own = ++turn;
  if (!LEAD.some((name) => asked[name])) { answerBox.replaceChildren(); showExamples().catch(() => {}); return; }
  answerBox.replaceChildren(el("p", { class: "small muted", role: "status" }, engine.isReady ? "Looking." : "The engine starts."));
  try {
    const terms = { modalities: asked.with.split("+").map((name) => name.trim()).filter(Boolean).map((name) => iriTerm(resolve(name, ["modality"]))) };
    for (const kind of ["indication", "procedure", "event"]) if (asked[kind]) terms[kind] = iriTerm(resolve(asked[kind], [kind]));
    if (terms.indication && terms.event) throw new Error("ask for an indication or for a harm, one at a time");
    const found = await engine.ask(bind(about.own[terms.event ? "safety-claims" : "treatment-claims"], terms));
    if (own !== turn) return;
    const claims = found.rows.map((row) => Object.fromEntries(found.columns.map((name, at) => [name, row[at]?.value ?? ""])));
    showClaims(claims, terms, Boolean(terms.event));
    if (opened) showClaim(claims.find((claim) => claim.claim === opened), Boolean(terms.event));
  } catch (error) {
    if (own === turn) answerBox.replaceChildren(el("p", { class: "problem", role: "alert" }, capital(error.message)));
  }
}

// The verdict on what was asked, in the words of `mngraph evidence`, where the page holds it.
function verdictOn({ indication, procedure, modalities }) {
  if (!indication || procedure) return "";
  return about.verdicts[[indication, ...modalities].map((term) => term.value).map((iri, at, all) => (at ? all.slice(1).sort()[at - 1] : iri)).map(compact).join(" ")] || "";
}

// The claim that is exactly what was asked, where there is one.
function exactly(claims, terms) {
  const wanted = terms.modalities.map((term) => term.value).sort().join(" ");
  return claims.find((claim) => (!terms.indication || claim.indication === terms.indication.value) && (!terms.event || claim.event === terms.event.value) && claim.modalities.split(" ").sort().join(" ") === wanted);
}

function showClaims(claims, terms, safety) {
  if (!claims.length) {
    answerBox.replaceChildren(el("p", { class: "bottom-line" }, "No study in this graph has a result on this. That is a gap, not a finding."));
    return;
  }
  const first = terms.modalities.length || safety ? exactly(claims, terms) : null, rest = claims.filter((claim) => claim !== first);
  const verdict = safety ? "" : verdictOn(terms);
  const columns = safety ? ["studies", "participants", "reviews"] : ["studies", "randomized", "participants"];
  const rows = [first, ...rest].filter(Boolean).map((claim) => el("tr", {},
    el("th", { scope: "row" }, el("button", { type: "button", class: "link", onclick: () => { state.claim = claim.claim; showClaim(claim, safety); saveState(true); } }, claim.label)),
    el("td", { "data-name": "highest design level" }, level(claim.best_level)),
    columns.map((name) => el("td", { class: "number", "data-name": name }, numbers.format(Number(claim[name])))),
    safety ? "" : el("td", { "data-name": "comparisons" }, stances(claim)),
    safety ? "" : el("td", { "data-name": "ceiling of certainty" }, claim.ceiling)));
  answerBox.replaceChildren(
    first ? card(first, safety, verdict) : verdict ? el("p", { class: "bottom-line" }, verdict) : "",
    el("h2", {}, first && rest.length ? "This, and what is narrower or has more added" : counted(claims.length, "claim")),
    el("table", { class: "plain claims" },
      el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "claim"), el("th", { scope: "col" }, "highest design level"), columns.map((name) => el("th", { scope: "col", class: "number" }, name)),
        safety ? "" : [el("th", { scope: "col" }, "comparisons, by study"), el("th", { scope: "col" }, "ceiling of certainty")])),
      el("tbody", {}, rows)),
    el("p", { class: "fine" }, safety
      ? "Each cohort counts once; reviews are counted separately. How often an event was reported says how often somebody looked, not how often it happens."
      : "Each cohort counts once; reviews are counted separately. A ceiling is computed from data by the rules of GRADE; only people give a level of certainty."));
}

function level(value) { return value ? el("span", { class: "level" }, `level ${value}`) : el("span", { class: "muted" }, "not known"); }

const COUNTS = [["supports", "supporting"], ["disputes", "disputing"], ["no difference", "inconclusive"], ["mixed", "mixed"]];

function stances(claim) {
  const parts = COUNTS.filter(([, name]) => Number(claim[name])).map(([stance, name]) => sign(stance, FOUND[name](Number(claim[name]))));
  if (Number(claim.baseline_only)) parts.push(el("span", { class: "stance muted" }, `${claim.baseline_only} before and after only`));
  return el("span", { class: "stances" }, parts);
}

function sign(stance, told = "") {
  const [color, mark, words] = about.stances[stance];
  const drawn = el("span", { class: "stance" }, el("span", { class: "sign", "aria-hidden": "true" }, mark), told || words);
  drawn.style.setProperty("--hue", color);
  return drawn;
}

const FOUND = {
  supporting: (n) => `${n} ${n === 1 ? "favors" : "favor"} it`, disputing: (n) => `${n} ${n === 1 ? "favors" : "favor"} the comparator`,
  inconclusive: (n) => `${n} found no difference`, mixed: (n) => `${n} mixed`,
};

// What the counts of a claim say, in sentences: never that something works.
function sentences(claim, safety) {
  const parts = [], n = (name) => Number(claim[name] || 0);
  parts.push(`${counted(n("studies"), "study", "studies")}${safety ? " reported it" : ""}${n("participants") ? `, with ${counted(n("participants"), "participant")}` : ""}.`);
  if (!safety) {
    const found = Object.keys(FOUND).filter((name) => n(name)).map((name) => FOUND[name](n(name)));
    if (found.length) parts.push(`In comparisons: ${listed(found)}.`);
    if (n("randomized")) parts.push(`${n("randomized")} ${n("randomized") === 1 ? "is" : "are"} randomized.`);
    if (n("baseline_only")) parts.push(`${n("baseline_only")} looked only at before and after treatment.`);
  }
  if (claim.best_level) parts.push(`Highest design level: ${claim.best_level}.`);
  if (n("reviews")) parts.push(`${capital(counted(n("reviews"), "review"))}, counted separately.`);
  if (claim.ceiling) parts.push(`Ceiling of certainty: ${claim.ceiling}${claim.rated_down_for ? `, rated down for ${claim.rated_down_for}` : ""}; computed from data, and no judgment.`);
  return parts.join(" ");
}

function card(claim, safety, verdict) {
  return el("section", { class: "claim-card" }, el("h2", {}, claim.label), verdict ? el("p", { class: "bottom-line" }, verdict) : "", el("p", { class: verdict ? "small" : "verdict" }, sentences(claim, safety)),
    el("p", { class: "choices" }, el("button", { type: "button", onclick: () => { state.claim = claim.claim; showClaim(claim, safety); saveState(true); } }, "Studies"),
      partsOf(claim).filter(inNetwork).map((iri) => el("button", { type: "button", onclick: () => showInNetwork(iri) }, `${capital(labelOf(iri))} in the network`)),
      el("button", { type: "button", onclick: () => writeQuery(bind(about.own.lines, { claim: iriTerm(claim.claim) })) }, "Ask in SPARQL")));
}

function partsOf(claim) { return [claim.indication, ...claim.modalities.split(" ")].filter(Boolean); }

// The comparisons of a claim, in a dialog.
async function showClaim(claim, safety) {
  if (!claim) return;
  const dialog = byId("resource"), body = byId("resource-body");
  byId("resource-title").textContent = claim.label;
  body.replaceChildren(el("p", { class: "small muted", role: "status" }, "Looking."));
  if (!dialog.open) dialog.showModal();
  try {
    const found = await engine.ask(bind(about.own.lines, { claim: iriTerm(claim.claim) }));
    const lines = found.rows.map((row) => Object.fromEntries(found.columns.map((name, at) => [name, row[at]?.value ?? ""])));
    const studies = Map.groupBy ? Map.groupBy(lines, (line) => line.study) : grouped(lines);
    body.replaceChildren(el("p", {}, sentences(claim, safety)), el("ul", { class: "cards" }, [...studies].map(([study, own]) => studyCard(study, own))));
  } catch (error) {
    body.replaceChildren(el("p", { class: "problem", role: "alert" }, capital(error.message)));
  }
  body.scrollTop = 0;
}

function grouped(lines) {
  const found = new Map();
  for (const line of lines) found.set(line.study, [...(found.get(line.study) || []), line]);
  return found;
}

function studyCard(study, lines) {
  const [{ label, design, level: own, n, link }] = lines;
  return el("li", {},
    el("p", {}, el("strong", {}, label), ` \u00b7 ${design} \u00b7 `, own ? el("span", { class: "level" }, `design level ${own}`) : "", n ? ` \u00b7 ${counted(Number(n), "participant")}` : ""),
    el("ul", { class: "small lines" }, lines.map((line) => el("li", {}, line.stance ? sign(STANCE_NAMES[line.stance.split("#").pop()] || "not stated") : "", line.stance ? ": " : "",
      line.arm, line.against || line.comparator ? ` against ${line.against || line.comparator}` : "", line.at_risk ? `, ${line.affected || "?"} of ${line.at_risk}` : ""))),
    el("p", { class: "small choices" }, link && isWeb(link) ? outward(link, "publication") : "", resource(study, "all facts"), inNetwork(study) ? el("button", { type: "button", class: "link", onclick: () => { byId("resource").close(); showInNetwork(study); } }, "in the network") : ""));
}

// Questions to begin with: what was studied most, one an indication.
async function showExamples() {
  const found = await engine.ask(bind(about.own["example-questions"], {})), seen = new Set(), items = [];
  for (const [, label, indication, modality] of found.rows) {
    if (seen.has(indication.value) || items.length === 4) continue;
    seen.add(indication.value);
    const fill = () => { finder.elements.indication.value = indication.value; finder.elements.with.value = modality.value; finder.requestSubmit(); };
    items.push(el("li", {}, el("button", { type: "button", class: "link", onclick: fill }, label.value)));
  }
  if (items.length && !LEAD.some((name) => question()[name])) answerBox.replaceChildren(el("h2", {}, "For example"), el("ul", { class: "points" }, items));
}

function startFinder() {
  for (const input of finder.querySelectorAll("input[data-kind]")) combobox((kind, text) => matches([kind], text), input);
  finder.addEventListener("submit", (event) => { event.preventDefault(); Object.assign(state, question(), { claim: "" }); ask(); saveState(true); });
}

function restoreFinder() {
  for (const name of LEAD) finder.elements[name].value = state[name] || "";
  ask(state.claim);
}
