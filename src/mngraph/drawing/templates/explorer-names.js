// Concepts by what people type: slug, CURIE, IRI, label or synonym.

const CONCEPTS = ["procedure", "indication", "modality", "event", "measure", "design"];
let concepts = [];            // { iri, curie, kinds, label, names }
let conceptOf = new Map();    // by IRI

function readNames() {
  concepts = about.names.map(([curie, kinds, label, ...others]) => ({ iri: expand(curie), curie, kinds, label, names: [label, ...others] }));
  conceptOf = new Map(concepts.map((concept) => [concept.iri, concept]));
}

function labelOf(iri) { return conceptOf.get(iri)?.label || ""; }
function spaced(text) { return text.toLowerCase().replaceAll("-", " "); }
function fits(concept, kinds) { return concept.kinds.some((kind) => kinds.includes(kind)); }
function oneOf(kinds) { return kinds.length === 1 ? kinds[0].replace(/^event$/, "adverse event") : "concept"; }

// The IRI that a text names among concepts of some kinds.
function resolve(given, kinds) {
  const text = given.trim();
  if (!text) throw new Error(`give the name of ${/^[aeiou]/.test(oneOf(kinds)) ? "an" : "a"} ${oneOf(kinds)}`);
  if (kinds.length === 1) {
    const scheme = about.schemes.find(([name, kind, iri]) => kind === kinds[0] && (iri === text || name === spaced(text)));
    if (scheme) return scheme[2];
  }
  const direct = directly(text, kinds).map((iri) => conceptOf.get(iri)).filter((concept) => concept && fits(concept, kinds));
  if (direct.length === 1) return direct[0].iri;
  const among = concepts.filter((concept) => fits(concept, kinds));
  for (const fold of [(name) => name, (name) => name.toLowerCase(), spaced]) {
    const called = direct.length ? direct : among.filter((concept) => concept.names.some((name) => fold(name) === fold(text)));
    const own = called.filter((concept) => fold(concept.label) === fold(text));
    const found = own.length === 1 ? own : called;
    if (found.length === 1) return found[0].iri;
    if (found.length) throw new Error(`\u201c${text}\u201d can be ${found.map((concept) => concept.curie).join(" or ")}: say which`);
  }
  const near = matches(kinds, text, 3).map((match) => match.label);
  throw new Error(`no ${oneOf(kinds)} is called \u201c${text}\u201d${near.length ? `; did you mean ${near.join(" or ")}?` : ""}`);
}

// The IRIs that a text can be as an IRI, a CURIE or a slug.
function directly(text, kinds) {
  if (/^<?https?:\/\//.test(text)) return [text.replace(/^<|>$/g, "")];
  const prefix = text.split(":")[0];
  if (text.includes(":")) return Object.hasOwn(about.prefixes, prefix) ? [expand(text)] : [];
  if (!/^[a-z0-9][a-z0-9-]*$/.test(text)) return [];
  const roles = ["procedure", "modality"];
  const wanted = kinds.some((kind) => roles.includes(kind)) ? [...kinds, ...roles] : kinds;
  return about.bases.flatMap((base) => CONCEPTS.filter((kind) => wanted.includes(kind)).map((kind) => `${base}${kind}/${text}`));
}

// Names that have every word of a text, those that begin with it first.
function matches(kinds, text, most = 10) {
  const words = searched(text).split(" ").filter(Boolean), found = [];
  if (!words.length) return [];
  for (const concept of concepts) {
    if (!fits(concept, kinds)) continue;
    let best = null;
    concept.names.forEach((name, place) => {
      const own = searched(name), starts = ` ${own}`;
      if (!words.every((word) => starts.includes(` ${word}`) || (word.length > 3 && own.includes(word)))) return;
      const rank = [own === words.join(" ") ? 0 : own.startsWith(words[0]) ? 1 : 2, place ? 1 : 0, name.length];
      if (!best || before(rank, best.rank)) best = { rank, name };
    });
    if (best) found.push({ ...best, concept });
  }
  found.sort((a, b) => (before(a.rank, b.rank) ? -1 : before(b.rank, a.rank) ? 1 : a.concept.label.localeCompare(b.concept.label)));
  return found.slice(0, most).map(({ name, concept }) => ({ label: concept.label, matched: name, value: unambiguous(concept, kinds), iri: concept.iri }));
}

function before(one, other) {
  const at = one.findIndex((value, place) => value !== other[place]);
  return at >= 0 && one[at] < other[at];
}

function searched(text) { return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replace(/[^\p{L}\p{N}]+/gu, " ").trim(); }

// What to put into a box for a concept: its label, or its CURIE where others are called so.
function unambiguous(concept, kinds) {
  try {
    return resolve(concept.label, kinds) === concept.iri ? concept.label : concept.curie;
  } catch {
    return concept.curie;
  }
}
