// Parameters of queries: a text becomes a term of the type that the query asks for, and only terms
// are put into the query, at the places where it was cut.

const PATTERNS = {
  integer: /^[+-]?\d+$/, decimal: /^[+-]?\d+(\.\d+)?$/, year: /^\d{4}$/, string: /^[\s\S]*$/, boolean: /^(true|false)$/,
};

function kindsOf(type) { return type === "concept" ? CONCEPTS : CONCEPTS.includes(type) ? [type] : null; }

// The term of a value; a claim may be given by its label, which has to be looked up.
async function valueTerm(parameter, value) {
  const { type, name } = parameter, kinds = kindsOf(type), text = value.trim();
  if (kinds) return iriTerm(resolve(text, kinds));
  if (type === "iri" && text.includes(" ")) return iriTerm(await claimCalled(text));
  if (["study", "publication", "iri"].includes(type)) {
    const plain = !text.includes(":") && (type !== "iri" || Object.hasOwn(about.prefixes, name));
    return iriTerm(expand(plain ? `${type === "iri" ? name : type}:${text}` : text));
  }
  if (!PATTERNS[type]) throw new Error(`the type ${type} of ${name} is not known`);
  const given = type === "string" ? value : text;
  if (!PATTERNS[type].test(given)) throw new Error(`${heading(name)}: \u201c${text}\u201d is not ${type === "boolean" ? "true or false" : `of the type ${type}`}`);
  return literalTerm(given, ["integer", "decimal", "boolean"].includes(type) ? XSD + type : undefined);
}

async function claimCalled(label) {
  const found = await engine.ask(bind(about.own["claims-called"], { label: literalTerm(label) }));
  const claims = found.rows.map(([claim]) => claim.value).sort();
  if (!claims.length) throw new Error(`\u201c${label}\u201d is no IRI, and no claim is called so`);
  return claims[0];
}

// A query with a term for each parameter that has one; the others stay variables.
function bind(pieces, terms) {
  return pieces.map((piece, place) => (place % 2 === 0 ? piece : Object.hasOwn(terms, piece) ? written(terms[piece]) : `$${piece}`)).join("");
}

// A named query with the values of its form; a value that is missing takes the default.
async function boundText(query, values) {
  const terms = {};
  for (const parameter of query.parameters) {
    const value = values[parameter.name] || parameter.value;
    if (value) terms[parameter.name] = await valueTerm(parameter, value);
    else if (!parameter.optional) throw new Error(`${heading(parameter.name)} is missing: ${parameter.meaning}`);
  }
  return bind(query.pieces, terms);
}
