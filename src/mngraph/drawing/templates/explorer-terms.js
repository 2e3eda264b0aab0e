// RDF terms, in the shape of SPARQL's JSON results: as SPARQL writes them, as people read them, as CSV
// has them. And the tokens of a query, as far as the page has to know them.

const XSD = "http://www.w3.org/2001/XMLSchema#";
const NOT_IN_IRIS = /[\u0000-\u0020<>"{}|^`\\]/;

// What the page knows: prefixes, names, queries. It is there before anything else begins.
let about = { prefixes: {}, bases: [], names: [], schemes: [], queries: [], own: {}, drawn: [] };

function iriTerm(value) { return { type: "uri", value }; }
function literalTerm(value, datatype) { return datatype ? { type: "literal", value, datatype } : { type: "literal", value }; }

// The IRI of a CURIE; an IRI comes back as it is.
function expand(text) {
  if (text.startsWith("<") && text.endsWith(">")) return text.slice(1, -1);
  const [prefix, ...rest] = text.split(":"), local = rest.join(":");
  if (rest.length && local.startsWith("//")) return text;
  if (!rest.length || !Object.hasOwn(about.prefixes, prefix)) throw new Error(`\u201c${text}\u201d has no known prefix`);
  return about.prefixes[prefix] + local;
}

// The CURIE of an IRI by its longest namespace, or the IRI where there is none.
function compact(iri) {
  let best = "", name = "";
  for (const [prefix, namespace] of Object.entries(about.prefixes)) {
    if (namespace.length > best.length && iri.startsWith(namespace)) [best, name] = [namespace, prefix];
  }
  if (best && !iri.startsWith("//", best.length)) return `${name}:${iri.slice(best.length)}`;
  return iri;
}

// A term as SPARQL writes it; integers bare, so that they can stand behind LIMIT; lists as VALUES has them.
function written(term) {
  if (Array.isArray(term)) return term.map(written).join(" ") || "UNDEF";
  if (term.type === "uri") {
    if (NOT_IN_IRIS.test(term.value) || !term.value.includes(":")) throw new Error(`\u201c${term.value}\u201d is not an IRI`);
    return `<${term.value}>`;
  }
  if (term.datatype === `${XSD}integer`) return term.value;
  const text = term.value.replace(/[\\"\n\r\t\f\b]/g, (sign) => ({ "\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "\f": "\\f", "\b": "\\b" })[sign]);
  return `"${text}"${term.datatype ? `^^<${term.datatype}>` : ""}`;
}

function isNumber(term) {
  return Boolean(term) && term.type === "literal" && /#(integer|decimal|double|float|long|int|nonNegativeInteger|positiveInteger)$/.test(term.datatype || "")
    && Number.isFinite(Number(term.value));
}

// A term as people read it.
function shownTerm(term) {
  if (!term) return "";
  if (term.type === "uri") return compact(term.value);
  if (term.type === "bnode") return `_:${term.value}`;
  if (term.type === "triple") return `<< ${["subject", "predicate", "object"].map((part) => shownTerm(term.value[part])).join(" ")} >>`;
  if (term.datatype === `${XSD}boolean`) return { true: "yes", 1: "yes", false: "no", 0: "no" }[term.value] || term.value;
  return term.value;
}

// A term as a field of CSV has it: IRIs and literals without marks.
function csvTerm(term) {
  if (!term) return "";
  if (term.type === "uri" || term.type === "literal") return term.value;
  return term.type === "bnode" ? `_:${term.value}` : `<< ${["subject", "predicate", "object"].map((part) => csvMarked(term.value[part])).join(" ")} >>`;
}
function csvMarked(term) { return term.type === "literal" || term.type === "uri" ? written(term) : csvTerm(term); }

// Rows of terms as CSV (SPARQL 1.1 Query Results CSV, which takes quoting from RFC 4180).
function csvText(columns, rows) {
  const quoted = (text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  return [columns, ...rows.map((row) => row.map(csvTerm))].map((line) => `${line.map(quoted).join(",")}\r\n`).join("");
}

// What a heading says of a column: the words of the tables in the terminal.
function heading(column) {
  return column.replaceAll("_", " ").replaceAll("starting level", "design level")
    .replaceAll("favour", "favor").replaceAll("randomised", "randomized");
}

// The words and variables of a query outside of its comments, strings and IRIs.
const TOKENS = /#[^\n]*|"""(?:[^"\\]|\\[\s\S]|"{1,2}(?!"))*"""|'''(?:[^'\\]|\\[\s\S]|'{1,2}(?!'))*'''|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|<[^<>"{}|^`\\\u0000-\u0020]*>|[?$][\w\u00b7-\uffff]+|[\w.-]*:[\w.%:\\-]*|[A-Za-z_]\w*|[^\s]/g;
function tokensOf(text) { return (text.match(TOKENS) || []).filter((token) => token[0] !== "#"); }

// Turtle of the engine, which writes IRIs in full, with the prefixes of the page.
function shortTurtle(text) {
  const used = new Set();
  const short = text.replace(TOKENS, (token) => {
    const name = token[0] === "<" ? compact(token.slice(1, -1)) : "";
    if (!/^[a-z][\w-]*:[A-Za-z_][\w-]*$/.test(name) || !Object.hasOwn(about.prefixes, name.split(":")[0])) return token;
    used.add(name.split(":")[0]);
    return name;
  });
  return `${[...used].sort().map((name) => `@prefix ${name}: <${about.prefixes[name]}> .\n`).join("")}${short}`;
}

// Names of a query that the engine could only call unexpected: prefixes that nobody declared, IRIs
// that begin nowhere.
function checkNames(text) {
  const tokens = tokensOf(text), declared = new Set(Object.keys(about.prefixes));
  tokens.forEach((token, at) => { if (/^PREFIX$/i.test(token)) declared.add((tokens[at + 1] || "").replace(/:$/, "")); });
  const based = tokens.some((token) => /^BASE$/i.test(token));
  for (const token of tokens) {
    const name = token.match(/^([A-Za-z][\w.-]*|):/);
    if (name && !declared.has(name[1])) throw new Error(`the prefix ${name[1]}: of ${token} is not declared (PREFIX ${name[1]}: <\u2026> declares it)`);
    if (!based && /^<[^<>]*>$/.test(token) && !/^<[A-Za-z][A-Za-z0-9+.-]*:/.test(token)) throw new Error(`${token} is not an absolute IRI, and the query has no BASE`);
  }
}

// What a query is: its form, whether it names its graphs, and the order of its variables if it asks for all.
function readQuery(text) {
  const tokens = tokensOf(text);
  const at = tokens.findIndex((token) => /^(SELECT|ASK|CONSTRUCT|DESCRIBE)$/i.test(token));
  const rest = at < 0 ? [] : tokens.slice(at);
  const star = /^SELECT$/i.test(rest[0] || "") && rest[/^(DISTINCT|REDUCED)$/i.test(rest[1] || "") ? 2 : 1] === "*";
  return {
    form: (rest[0] || "").toUpperCase(),
    ownDataset: rest.some((token) => /^FROM$/i.test(token)),
    order: star ? [...new Set(rest.filter((token) => /^[?$]\w/.test(token)).map((token) => token.slice(1)))] : null,
  };
}
