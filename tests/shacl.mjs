// Prints what rdf-validate-shacl finds: one JSON line a result.
//
//     cd FOLDER; node --input-type=module -e "$(cat shacl.mjs)" SHAPES.ttl DATA.nt
//
// FOLDER is where `npm install rdf-validate-shacl n3` was run.
import { readFileSync } from 'node:fs';
import { Parser, Store } from 'n3';
import SHACLValidator from 'rdf-validate-shacl';

const [shapes, data] = process.argv.slice(-2)
  .map(file => new Store(new Parser().parse(readFileSync(file, 'utf8'))));
const report = await new SHACLValidator(shapes).validate(data);
for (const result of report.results) {
  console.log(JSON.stringify({
    focus: result.focusNode.value,
    path: result.path?.termType === 'NamedNode' ? result.path.value : '',
    component: result.sourceConstraintComponent.value,
    value: result.value?.value ?? '',
  }));
}
