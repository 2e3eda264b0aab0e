// Completion of names, in the boxes of a form and in the text of a query.
"use strict";

// Put an empty list of options behind a field.
function listbox(field, id, label) {
  const list = document.createElement("ul");
  list.id = id;
  list.className = "options";
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", label);
  field.after(list);
  return list;
}

// Mark the option of a number, which goes round at both ends; return its number.
function marked(field, list, number) {
  const items = [...list.children], chosen = (number + items.length) % items.length;
  items.forEach((item, place) => item.setAttribute("aria-selected", String(place === chosen)));
  field.setAttribute("aria-activedescendant", items[chosen].id);
  items[chosen].scrollIntoView({ block: "nearest" });
  return chosen;
}

// Complete the names of a box, as an ARIA combobox; `find` answers a kind and a text with matches.
function combobox(find, input) {
  const list = listbox(input, `${input.id}-options`, input.labels[0].textContent);
  for (const [name, value] of Object.entries({
    role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id,
  })) input.setAttribute(name, value);
  let chosen = -1, waiting = 0, asked = 0;

  const close = () => {
    list.hidden = true;
    chosen = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const mark = (number) => { chosen = marked(input, list, number); };
  // Several modalities stand in one box, with a plus between them: the last is completed.
  const before = () => input.dataset.kind === "modality" ? input.value.match(/^(.*\+\s*)?/)[0] : "";
  const take = (item) => {
    input.value = before() + item.dataset.value;
    close();
  };
  const show = (found) => {
    list.replaceChildren(...found.map((match, place) => {
      const item = document.createElement("li");
      item.id = `${list.id}-${place}`;
      item.setAttribute("role", "option");
      item.setAttribute("aria-selected", "false");
      item.dataset.value = match.value || match.label;
      item.textContent = match.label;
      if (match.matched !== match.label) {
        const also = document.createElement("small");
        also.textContent = match.matched;
        item.append(also);
      }
      item.addEventListener("pointerdown", (event) => { event.preventDefault(); take(item); });
      return item;
    }));
    list.hidden = !found.length;
    input.setAttribute("aria-expanded", String(found.length > 0));
    chosen = -1;
  };
  const ask = async () => {
    const number = ++asked, text = input.value.slice(before().length).trim();
    if (!text) { close(); return; }
    const found = await find(input.dataset.kind, text);
    if (number === asked && document.activeElement === input) show(found);
  };
  input.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(ask, 120); });
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    if (list.hidden) {
      if (event.key === "ArrowDown") { event.preventDefault(); ask(); }
      return;
    }
    if (event.key === "ArrowDown") { event.preventDefault(); mark(chosen + 1); }
    else if (event.key === "ArrowUp") { event.preventDefault(); mark(chosen - 1); }
    else if (event.key === "Enter" && chosen >= 0) { event.preventDefault(); take(list.children[chosen]); }
    else if (event.key === "Escape") { event.preventDefault(); close(); }
  });
}

// Complete names in a query: those that fit what stands before the cursor. `terms` gives all of them,
// each with its label, once they are needed.
function completion(terms, text) {
  const list = listbox(text, "query-options", "Names");
  let names = null, chosen = 0;
  text.setAttribute("aria-controls", list.id);
  text.setAttribute("aria-autocomplete", "list");

  const known = () => (names ??= terms());
  const word = () => text.value.slice(0, text.selectionStart).match(/[\w.:-]*$/)[0];
  const close = () => { list.hidden = true; text.removeAttribute("aria-activedescendant"); };
  // The list stands below the word that is typed: a hidden copy of the text says where that is.
  const place = () => {
    const mirror = document.createElement("div"), end = document.createElement("span");
    mirror.className = "mirror";
    mirror.style.width = `${text.clientWidth + 2}px`;
    mirror.textContent = text.value.slice(0, text.selectionStart - word().length);
    end.textContent = "x";
    mirror.append(end);
    text.after(mirror);
    const below = Math.min(end.offsetTop + end.offsetHeight - text.scrollTop, text.offsetHeight);
    list.style.top = `${text.offsetTop + Math.max(0, below)}px`;
    list.style.left = `${Math.max(0, Math.min(end.offsetLeft, text.offsetWidth - list.offsetWidth))}px`;
    mirror.remove();
  };
  const mark = (number) => { chosen = marked(text, list, number); };
  const take = (item) => {
    const end = text.selectionStart;
    text.setRangeText(item.dataset.value, end - word().length, end, "end");
    close();
  };
  const show = async (forced) => {
    const typed = word().toLowerCase();
    if (!forced && !typed.includes(":")) { close(); return; }
    const all = await known();
    if (typed !== word().toLowerCase()) return;
    const fits = all.filter(([name, label]) => name.toLowerCase().startsWith(typed)
      || (typed.includes(":") && name.startsWith(typed.split(":")[0] + ":")
        && label.toLowerCase().includes(typed.split(":")[1]))).slice(0, 40);
    list.replaceChildren(...fits.map(([name, label], place) => {
      const item = document.createElement("li"), also = document.createElement("small");
      item.id = `${list.id}-${place}`;
      item.setAttribute("role", "option");
      item.dataset.value = name;
      also.textContent = label;
      item.append(name, also);
      item.addEventListener("pointerdown", (event) => { event.preventDefault(); take(item); });
      return item;
    }));
    list.hidden = !fits.length;
    if (fits.length) { place(); mark(0); }
  };
  text.addEventListener("input", () => show(false));
  text.addEventListener("blur", close);
  text.addEventListener("keydown", (event) => {
    if (event.key === " " && event.ctrlKey) { event.preventDefault(); show(true); }
    else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); text.form.requestSubmit(); }
    else if (list.hidden) return;
    else if (event.key === "ArrowDown") { event.preventDefault(); mark(chosen + 1); }
    else if (event.key === "ArrowUp") { event.preventDefault(); mark(chosen - 1); }
    else if (event.key === "Enter" || event.key === "Tab") { event.preventDefault(); take(list.children[chosen]); }
    else if (event.key === "Escape") { event.preventDefault(); close(); }
  });
}
