// Answers SPARQL queries over an N-Quads file with Comunica: one JSON line in, one out.
//
//     cd FOLDER; node --input-type=module -e "$(cat queries_comunica.mjs)" FILE.nq < QUERIES
//
// FOLDER is where `npm install @comunica/query-sparql-file n3` was run. In: {"form", "text",
// "variables"}; out: {"rows", "seconds"}, {"truth", "seconds"} or {"error"}.
import { QueryEngine } from '@comunica/query-sparql-file';
import { DataFactory, Parser, Store } from 'n3';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const engine = new QueryEngine();
const quads = new Parser({ format: 'N-Quads' }).parse(readFileSync(process.argv.at(-1), 'utf8'));
// The option unionDefaultGraph makes queries many times slower than triples that stand there.
const union = quads.map(quad => DataFactory.quad(quad.subject, quad.predicate, quad.object));
const context = { sources: [new Store([...quads, ...union])] };

const plain = term => term && {
  kind: { NamedNode: 'iri', BlankNode: 'blank', Literal: 'literal' }[term.termType],
  value: term.value,
  datatype: term.datatype?.value ?? null,
  language: term.language || null,
};

async function answer({ form, text, variables }) {
  const start = performance.now();
  const seconds = () => (performance.now() - start) / 1000;
  if (form === 'ASK') return { truth: await engine.queryBoolean(text, context), seconds: seconds() };
  if (form === 'SELECT') {
    const rows = (await (await engine.queryBindings(text, context)).toArray())
      .map(row => variables.map(name => plain(row.get(name)) ?? null));
    return { rows, seconds: seconds() };
  }
  const rows = (await (await engine.queryQuads(text, context)).toArray())
    .map(quad => [quad.subject, quad.predicate, quad.object].map(plain));
  return { rows, seconds: seconds() };
}

console.log('"ready"');
for await (const line of createInterface({ input: process.stdin })) {
  let said;
  try {
    said = await answer(JSON.parse(line));
  } catch (error) {
    said = { error: String(error.message ?? error).slice(0, 300) };
  }
  console.log(JSON.stringify(said));
}
