// The boxes of the finder and the editor of queries are completed by what the server knows. Without
// it the forms work as they are.
"use strict";
async function asked(address, otherwise) {
  const answer = await fetch(address).catch(() => null);
  return answer && answer.ok ? answer.json() : otherwise;
}
for (const form of document.querySelectorAll("form[data-complete]")) {
  const find = (kind, q) => asked(`${form.dataset.complete}?${new URLSearchParams({ kind, q })}`, []);
  for (const input of form.querySelectorAll("input[data-kind]")) combobox(find, input);
}

const editor = document.querySelector("form.editor");
if (editor) {
  const text = editor.querySelector("textarea"), example = editor.querySelector("select");
  completion(() => asked(editor.dataset.terms, []), text);
  example.addEventListener("change", async () => {
    if (!example.value) return;
    const answer = await fetch(`${example.dataset.examples}/${example.value}.rq`);
    if (answer.ok) text.value = await answer.text();
  });
}
