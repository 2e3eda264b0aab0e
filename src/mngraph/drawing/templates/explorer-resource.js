// One resource in a dialog: what is stated about it, what names it, and its place in the network.

async function openResource(iri) {
  const dialog = byId("resource"), body = byId("resource-body");
  byId("resource-title").textContent = labelOf(iri) || compact(iri);
  body.replaceChildren(el("p", { class: "small muted", role: "status" }, "Looking it up."));
  if (!dialog.open) dialog.showModal();
  let found;
  try {
    found = await engine.ask(bind(about.own.resource, { resource: iriTerm(iri) }));
  } catch (error) {
    body.replaceChildren(el("p", { class: "problem", role: "alert" }, capital(error.message)));
    return;
  }
  const groups = new Map();
  for (const [property, value, label, inverse] of found.rows) {
    const back = inverse.value === "true", key = `${back} ${property.value}`;
    if (!groups.has(key)) groups.set(key, { property: property.value, back, values: [] });
    groups.get(key).values.push([value, label]);
  }
  const title = [...groups.values()].find(({ property, back }) => !back && /#(prefLabel|label)$/.test(property));
  if (title) byId("resource-title").textContent = title.values[0][0].value;
  body.replaceChildren(
    el("p", { class: "small muted" }, compact(iri)),
    el("p", { class: "choices" }, inNetwork(iri) ? el("button", { type: "button", onclick: () => { dialog.close(); showInNetwork(iri); } }, "Open in the network") : "",
      el("button", { type: "button", onclick: () => { dialog.close(); writeQuery(`SELECT ?property ?value {\n  <${iri}> ?property ?value\n}`); } }, "Ask for it in SPARQL")),
    facts("What is stated", [...groups.values()].filter(({ back }) => !back)),
    facts("What names it", [...groups.values()].filter(({ back }) => back)));
  body.scrollTop = 0;
}

function facts(title, groups) {
  if (!groups.length) return "";
  const value = ([term, label]) => (term.type === "uri" ? resource(term.value, label?.value || shownTerm(term)) : cell(term));
  return el("section", {}, el("h3", {}, title), el("dl", { class: "facts" }, groups.map(({ property, values }) => el("div", {},
    el("dt", {}, compact(property)),
    el("dd", {}, values.slice(0, 40).flatMap((each, at) => [at ? ", " : "", value(each)]), values.length > 40 ? ` and ${values.length - 40} more` : "")))));
}
