// The data of the page and what is worked out from it: which studies count under the filters, what
// they add up to, and how that looks. The formulas of looks are those of mngraph.appearance.

const data = JSON.parse(document.getElementById("data").textContent);
const { looks, meta, studies } = data;
const KINDS = Object.keys(looks.kinds);
const STANCES = Object.keys(looks.stances);
const nodes = new Map(data.nodes.map((node) => [node.id, node]));
const edges = new Map(data.edges.map((edge) => [edge.id, edge]));
const edgesOf = new Map(data.nodes.map((node) => [node.id, []]));
for (const edge of data.edges) {
  edge.name = `${edge.from} ${edge.relation} ${edge.to}`;
  edgesOf.get(edge.from).push(edge);
  edgesOf.get(edge.to).push(edge);
}
const clusters = new Map(data.clusters.map((cluster) => [cluster.id, cluster]));
const edgeNames = new Map(data.edges.map((edge) => [edge.name, edge]));
const years = studies.map((study) => study.year).filter(Boolean);
const YEARS = years.length ? [Math.min(...years), Math.max(...years)] : [0, 0];
const ranked = [...data.nodes].sort((a, b) => a.rank - b.rank);

const state = {
  kinds: new Set(KINDS),
  stances: new Set(STANCES),
  level: 5, from: YEARS[0], to: YEARS[1], least: 1,
  size: "studies", hierarchy: false, view: "picture", selected: null,
  scope: "strong",   // the strongest comparisons, or all
  open: new Set(),   // clusters of a large network that are open
};

function counts(study) {
  const levelled = state.level === 5 || (study.level && study.level <= state.level);
  return Boolean(levelled) && (!study.year || (study.year >= state.from && study.year <= state.to));
}

// What the studies that count say on an edge or a node; worked out once for a choice of studies.
const summaries = new Map();
let chosen = "";
function summary(item) {
  const choice = `${state.level} ${state.from} ${state.to}`;
  if (choice !== chosen) { summaries.clear(); chosen = choice; }
  if (!summaries.has(item)) summaries.set(item, summarize(item));
  return summaries.get(item);
}

// Each cohort counts once, by the rule of evidence/stance.py; reviews are counted apart.
function summarize(item) {
  const said = (item.said || item.studies.map((index) => [index, null, 0]))
    .filter(([index]) => counts(studies[index]));
  const cohorts = new Map(), trials = new Map(), most = new Map();
  let reviews = 0, level = null, first = null, last = null;
  for (const [index, stance, baseline] of said) {
    const study = studies[index];
    if (study.year) {
      first = Math.min(first ?? study.year, study.year);
      last = Math.max(last ?? study.year, study.year);
    }
    if (study.review) { reviews += 1; continue; }
    if (study.level) level = Math.min(level ?? 9, study.level);
    most.set(study.cohort, Math.max(most.get(study.cohort) || 0, study.participants || 0));
    for (const group of study.randomized ? [cohorts, trials] : [cohorts]) {
      if (!group.has(study.cohort)) group.set(study.cohort, []);
      group.get(study.cohort).push([STANCES[stance], baseline]);
    }
  }
  const participants = [...most.values()].reduce((sum, n) => sum + n, 0);
  const stated = said.some(([, stance]) => stance !== null);
  const every = stated ? tallied(cohorts) : tallied(new Map());
  const randomized = stated ? tallied(trials) : tallied(new Map());
  return {
    studies: said.map(([index]) => index), weight: cohorts.size, reviews, participants, level,
    first, last, ...every, randomized, ...leaning(every, randomized),
  };
}

// How cohorts stand: by their comparisons, else by what was seen before and after, else within.
function tallied(cohorts) {
  const found = { compared: {}, baseline: {}, within: 0, unstated: 0 };
  const add = (counts, stances) => {
    const name = new Set(stances).size === 1 ? stances[0] : "mixed";
    counts[name] = (counts[name] || 0) + 1;
  };
  for (const reports of cohorts.values()) {
    const results = reports.filter(([stance]) => stance !== "within" && stance !== "not stated");
    const compared = results.filter(([, before]) => !before);
    if (compared.length) add(found.compared, compared.map(([stance]) => stance));
    else if (results.length) add(found.baseline, results.map(([stance]) => stance));
    else if (reports.some(([stance]) => stance === "within")) found.within += 1;
    else found.unstated += 1;
  }
  return found;
}

function total(counts) { return Object.values(counts).reduce((sum, n) => sum + n, 0); }

// Randomized comparisons decide where there are any, else others, else before and after.
function leaning(every, randomized) {
  const counts = total(randomized.compared) ? randomized.compared : every.compared;
  const all = total(counts), before = total(every.baseline);
  if (all) {
    const leader = Object.keys(counts).find((name) => 2 * counts[name] > all);
    return { stance: leader || "mixed", hollow: false };
  }
  if (before) return { stance: 2 * (every.baseline.supports || 0) > before ? "supports" : "mixed", hollow: true };
  return { stance: every.within ? "within" : "not stated", hollow: false };
}

function round(value) { return Math.round(value * 100) / 100; }

function radiusOf(kind, weight) {
  const size = looks.size;
  if (kind === "publication") return size.publication;
  return round(Math.min(size.most, size.least + size.step * Math.sqrt(weight)));
}

function hairline(relation) { return relation === "evaluates" || relation === "broader"; }

function widthOf(relation, weight, level) {
  const width = looks.width;
  if (hairline(relation)) return width.evaluates;
  const full = Math.min(width.most, width.least + width.step * Math.sqrt(weight));
  return round(full * looks.levels[level || 5].factor);
}

function colorOf(relation, stance) {
  if (relation === "hasReportedEvent") return looks.kinds.event.color;
  if (looks.stanceRelations.includes(relation)) return looks.stances[stance].color;
  return looks.kinds.publication.color;
}

function dashOf(relation, level) {
  return hairline(relation) ? [] : looks.levels[level || 5].dash;
}

// --- what is shown ---------------------------------------------------------------------------

// What is drawn; `passing` are all lines that the filters let through, drawn or not.
let shown = { nodes: new Map(), edges: new Map(), passing: new Map(), studies: new Set() };

function kindOn(id) { return state.kinds.has(nodes.get(id).kind); }

function edgeShown(edge, sum) {
  if (!kindOn(edge.from) || !kindOn(edge.to)) return false;
  if (edge.relation === "broader") return state.hierarchy;
  if (!sum.studies.length) return false;
  if (edge.relation === "evaluates") return true;
  if (looks.stanceRelations.includes(edge.relation) && !state.stances.has(sum.stance)) return false;
  return sum.weight >= state.least || (state.least <= 1 && sum.reviews > 0);
}

function refilter() {
  const now = { nodes: new Map(), edges: new Map(), passing: new Map(), studies: new Set() };
  const linked = new Set();
  for (const edge of data.edges) {
    const sum = summary(edge);
    if (!edgeShown(edge, sum)) continue;
    now.passing.set(edge.id, sum);
    if (!inScope(edge)) continue;
    now.edges.set(edge.id, sum);
    if (edge.relation !== "evaluates" && edge.relation !== "broader") { linked.add(edge.from); linked.add(edge.to); }
  }
  const strict = state.least > 1 || state.stances.size < STANCES.length;
  for (const edge of data.edges) {
    if (!now.edges.has(edge.id)) continue;
    if (edge.relation === "evaluates" && (!strict || linked.has(edge.to))) { linked.add(edge.from); linked.add(edge.to); }
    if (edge.relation === "broader" && !strict) { linked.add(edge.from); linked.add(edge.to); }
  }
  for (const node of data.nodes) {
    const alone = inScope(node) && (node.id === state.selected || (meta.focus || []).includes(node.id));
    if (kindOn(node.id) && (linked.has(node.id) || alone)) now.nodes.set(node.id, summary(node));
  }
  for (const id of [...now.edges.keys()]) {
    const edge = edges.get(id);
    if (!now.nodes.has(edge.from) || !now.nodes.has(edge.to)) now.edges.delete(id);
  }
  for (const [id, sum] of now.nodes) {
    if (nodes.get(id).kind !== "publication") sum.studies.forEach((index) => now.studies.add(index));
  }
  shown = now;
}

// --- clusters: of a large network, the weaker nodes are drawn as one until it is opened ---------

// What stands for a node in the picture: itself, or its cluster while that is closed.
function standIn(id) {
  const { cluster } = nodes.get(id);
  return cluster && !strongOnly() && !state.open.has(cluster) ? cluster : id;
}

function spot(id) { return clusters.get(id) || nodes.get(standIn(id)) || clusters.get(standIn(id)); }

// The shown members of each closed cluster, counted.
function closedClusters() {
  const members = new Map();
  for (const id of clusters.size ? shown.nodes.keys() : []) {
    const at = standIn(id);
    if (at !== id) members.set(at, (members.get(at) || 0) + 1);
  }
  return members;
}

// Open a cluster; the ones opened first close again when too many nodes would be drawn.
function openCluster(id) {
  state.open.add(id);
  const drawn = () => data.nodes.reduce((sum, node) => sum + (!node.cluster || state.open.has(node.cluster)), 0);
  while (state.open.size > 1 && drawn() > data.drawn) state.open.delete(state.open.values().next().value);
}

// --- words -----------------------------------------------------------------------------------

const numbers = new Intl.NumberFormat("en");
function plural(n, one, many) { return `${numbers.format(n)} ${n === 1 ? one : many || `${one}s`}`; }

function listed(parts) {
  return parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")} and ${parts[parts.length - 1]}`;
}

function capital(text) { return text.charAt(0).toUpperCase() + text.slice(1); }

const COMPARED = {
  supports: (n) => `${n} ${n === 1 ? "favors" : "favor"} it`,
  disputes: (n) => `${n} ${n === 1 ? "favors" : "favor"} the comparator`,
  "no difference": (n) => `${n} found no difference`,
  mixed: (n) => `${n} mixed`,
};
const BASELINE = {
  supports: (n) => `${n} improved`, disputes: (n) => `${n} did not improve`,
  "no difference": (n) => `${n} unclear`, mixed: (n) => `${n} mixed`,
};

// One careful sentence on a node or an edge: counts of studies, never that something works.
function verdict(item, sum) {
  const parts = [];
  if (item.kind === "publication") return verdictOfPublication(studies[item.studies[0]]);
  if (!sum.studies.length) return item.relation === "broader" ? "From the vocabulary." : "No study under these filters.";
  const people = sum.participants ? `, ${numbers.format(sum.participants)} participants` : "";
  if (sum.weight) parts.push(`${plural(sum.weight, "study", "studies")}${people}.`);
  const compared = STANCES.filter((s) => COMPARED[s] && sum.compared[s]).map((s) => COMPARED[s](sum.compared[s]));
  const baseline = STANCES.filter((s) => BASELINE[s] && sum.baseline[s]).map((s) => BASELINE[s](sum.baseline[s]));
  const trials = STANCES.filter((s) => COMPARED[s] && sum.randomized.compared[s]).map((s) => COMPARED[s](sum.randomized.compared[s]));
  if (compared.length) parts.push(`In comparisons: ${listed(compared)}.`);
  if (trials.length) parts.push(total(sum.randomized.compared) === total(sum.compared) ? "All of these are randomized." : `Of these, randomized: ${listed(trials)}.`);
  if (baseline.length) parts.push(`Seen only before and after treatment: ${listed(baseline)}.`);
  if (sum.within) parts.push(`${sum.within} only ${sum.within === 1 ? "compares" : "compare"} forms of it.`);
  const unstated = sum.unstated;
  if (unstated) parts.push(`${unstated} ${unstated === 1 ? "gives" : "give"} no result on it in the text we read.`);
  if (sum.level) parts.push(`Best design level: ${sum.level}.`);
  if (sum.reviews) parts.push(`${capital(plural(sum.reviews, "review"))}, counted separately.`);
  return parts.join(" ");
}

function verdictOfPublication(study) {
  const parts = [capital(study.design)];
  if (study.level) parts.push(`design level ${study.level}`);
  if (study.participants) parts.push(`${numbers.format(study.participants)} participants`);
  if (study.country) parts.push(study.country);
  return `${parts.join(", ")}.`;
}

function titleOf(edge) {
  return `${nodes.get(edge.from).label} \u2013 ${nodes.get(edge.to).label}`;
}

const READ = {
  studiedFor: "studied for", combinableWith: "combined in a study with",
  combinedFor: `combined with ${data.meta.noun} in a study of`, hasReportedEvent: "reported event",
  evaluates: "evaluates", broader: "is a kind of",
};

// How a relation reads from one of its ends.
function readFrom(edge, id) {
  if (edge.from === id) return READ[edge.relation];
  return {
    studiedFor: "studied with", combinableWith: "combined in a study with",
    combinedFor: `used together with ${data.meta.noun}`, hasReportedEvent: "reported after",
    evaluates: "evaluated by", broader: "includes",
  }[edge.relation];
}

function sparqlOf(item) {
  const query = item.relation ? data.sparql[item.relation] : data.sparql[item.kind];
  const bindings = item.relation
    ? { source: nodes.get(item.from).iri, target: nodes.get(item.to).iri }
    : { node: item.iri };
  return query.replace(/\$(source|target|node)\b/g, (_, name) => `<${bindings[name]}>`);
}
