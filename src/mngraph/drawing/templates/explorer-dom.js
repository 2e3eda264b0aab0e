// Elements: made of text that is never read as markup.

const byId = (id) => document.getElementById(id);

function el(tag, properties = {}, ...children) {
  const made = tag.includes(":") ? document.createElementNS("http://www.w3.org/2000/svg", tag.slice(4)) : document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
  return made;
}

const numbers = new Intl.NumberFormat("en");
function counted(number, one, many = `${one}s`) { return `${numbers.format(number)} ${number === 1 ? one : many}`; }
function capital(text) { return text.charAt(0).toUpperCase() + text.slice(1); }
function listed(parts) { return parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")} and ${parts[parts.length - 1]}`; }

function say(text) { byId("live").textContent = text; }

// Save a text as a file.
function download(name, text, type) {
  const address = URL.createObjectURL(new Blob([text], { type }));
  el("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}

// A link to the web that tells nothing of where it is followed from.
function outward(address, text, title) { return el("a", { href: address, title, rel: "noreferrer noopener", target: "_blank" }, text); }
function isWeb(text) { return /^https?:\/\/[^\s<>"]+$/.test(text); }
