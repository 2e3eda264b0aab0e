// The worker of the page: Oxigraph with the graph in it. It gets queries one at a time, and is ended
// and started again to stop one.

async function inflated(text) {
  const packed = atob(text), bytes = new Uint8Array(packed.length);
  for (let place = 0; place < packed.length; place += 1) bytes[place] = packed.charCodeAt(place);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

async function loaded({ engine, data }) {
  const [module, graph] = await Promise.all([inflated(engine), inflated(data)]);
  initSync({ module });
  const store = new Store();
  store.load(graph, { format: "application/trig", lenient: true });
  return store;
}

function jsonTerm(term) {
  if (term.termType === "NamedNode") return { type: "uri", value: term.value };
  if (term.termType === "BlankNode") return { type: "bnode", value: term.value };
  if (term.termType === "Quad") return { type: "triple", value: { subject: jsonTerm(term.subject), predicate: jsonTerm(term.predicate), object: jsonTerm(term.object) } };
  const literal = { type: "literal", value: term.value };
  if (term.language) literal["xml:lang"] = term.language;
  else if (!term.datatype.value.endsWith("#string")) literal.datatype = term.datatype.value;
  return literal;
}

function answered(store, { text, form, ownDataset, turtle }) {
  const options = { use_default_graph_as_union: !ownDataset };
  if (form !== "CONSTRUCT" && form !== "DESCRIBE") return store.query(text, { ...options, results_format: "json" });
  if (turtle) return store.query(text, { ...options, results_format: "text/turtle" });
  const triples = store.query(text, options);
  return JSON.stringify(triples.map((triple) => [triple.subject, triple.predicate, triple.object].map(jsonTerm)));
}

let store = null;
onmessage = async ({ data: asked }) => {
  try {
    if (asked.engine) store = loaded(asked);
    const ready = await store;
    postMessage(asked.engine ? { ready: ready.size } : { number: asked.number, answer: answered(ready, asked) });
  } catch (error) {
    // An engine that failed within cannot be asked again.
    postMessage({ number: asked.number, error: String(error?.message || error), broken: error instanceof WebAssembly.RuntimeError || error instanceof RangeError });
  }
};
