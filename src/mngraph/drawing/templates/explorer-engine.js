// The engine as the page sees it: queries are answered by a worker, one after the other. One that
// takes too long, or that the reader stops, ends the worker; the next one starts a new one.

const LIMIT = 30;             // seconds that a query may take unless the reader chooses otherwise
function part(name) { return document.getElementById(`part-${name}`).textContent; }

async function inflate(name) {
  const packed = atob(part(name)), bytes = new Uint8Array(packed.length);
  for (let place = 0; place < packed.length; place += 1) bytes[place] = packed.charCodeAt(place);
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
}

const engine = {
  worker: null, waiting: [], running: null, number: 0, address: "", size: 0,
  onready: () => {},

  async start() {
    this.address ||= URL.createObjectURL(new Blob([await inflate("worker")], { type: "text/javascript" }));
    const worker = new Worker(this.address);
    this.worker = worker;
    worker.onmessage = ({ data }) => { if (worker === this.worker) this.heard(data); };
    worker.onerror = (event) => { event.preventDefault(); this.heard({ error: event.message || "the engine does not start", broken: true, fatal: true }); };
    worker.postMessage({ engine: part("engine"), data: part("data") });
  },

  heard({ ready, number, answer, error, broken, fatal }) {
    if (ready !== undefined) { this.isReady = true; this.size = ready; this.onready(ready); this.next(); return; }
    const asked = this.running;
    if (number === undefined) {       // the engine itself failed
      this.failed = error;
      for (const each of [asked, ...this.waiting.splice(0)]) if (each) each.reject(new Error(error));
      this.running = null;
      return;
    }
    if (!asked || asked.number !== number) return;
    this.running = null;
    clearTimeout(asked.timer);
    if (broken && !fatal) this.restart();
    if (error === undefined) this.first ??= performance.now();   // ms since the page was opened
    if (error === undefined) asked.resolve({ answer, seconds: (performance.now() - asked.since) / 1000 });
    else asked.reject(new Error(broken ? `the query needs more memory than a browser has (${error})` : asked.told(error)));
    this.next();
  },

  next() {
    if (!this.isReady || this.running || !this.waiting.length) return;
    const asked = this.waiting.shift();
    this.running = asked;
    asked.since = performance.now();
    asked.timer = setTimeout(() => this.interrupt(`the query did not end within ${asked.limit} s and was stopped`), asked.limit * 1000);
    this.worker.postMessage(asked.message);
  },

  restart() {
    this.worker.terminate();
    this.isReady = false;
    this.start();
  },

  // Stop the query that somebody asked, whether it runs or waits.
  stop(owner, why = "the query was stopped") {
    const at = this.waiting.findIndex((asked) => asked.owner === owner);
    if (at >= 0) this.waiting.splice(at, 1)[0].reject(new Error(why));
    if (this.running?.owner === owner) this.interrupt(why);
  },

  interrupt(why) {
    const asked = this.running;
    clearTimeout(asked.timer);
    this.running = null;
    this.restart();
    asked.reject(new Error(why));
  },

  // Answer a query: columns and rows for SELECT, truth for ASK, rows of triples otherwise.
  async ask(text, { limit = LIMIT, turtle = false, owner = null } = {}) {
    if (this.failed) throw new Error(this.failed);
    const { form, ownDataset, order } = readQuery(text);
    if (!form) throw new Error("a query begins with SELECT, ASK, CONSTRUCT or DESCRIBE; the graph in this page cannot be changed");
    checkNames(text);
    const head = Object.entries(about.prefixes).map(([name, iri]) => `PREFIX ${name}: <${iri}>`).join(" ");
    this.number += 1;
    const message = { number: this.number, text: `${head}\n${text}`, form, ownDataset, turtle };
    const { answer, seconds } = await new Promise((resolve, reject) => {
      this.waiting.push({ message, number: message.number, owner, limit, resolve, reject, told: (error) => placed(error, text) });
      this.next();
    });
    if (turtle) return shortTurtle(answer);
    return { form, seconds, ...table(form, order, JSON.parse(answer)) };
  },
};

// An error of the parser by the lines of the reader's text, which begins after our prefixes. What it
// would have expected is a list of its own names; of these only whole phrases say something.
function placed(error, text) {
  const found = error.match(/error at (\d+):(\d+): expected(?: one of)? ([^]*)/);
  if (!found) return error;
  const line = Number(found[1]) - 1, tokens = tokensOf(text);
  const from = (at) => text.split("\n").slice(line - 1).join("\n").slice(at - 1).trim();
  // Where no brace is open, the parser has looked past the token that it could not take.
  const past = !from(Number(found[2])) && tokens.filter((token) => token === "{").length <= tokens.filter((token) => token === "}").length;
  const column = Number(found[2]) - (past ? 1 : 0), rest = from(column);
  const reason = found[3].split(/,(?![^[]*\])/).map((word) => word.trim()).find((word) => /^[A-Z][a-z].* /.test(word) && !/^(IRI parsing failed|Prefix not found)$/.test(word));
  const why = reason || (!rest ? "the query ends too early" : `\u201c${rest.split(/\s/)[0].slice(0, 60)}\u201d does not fit here`);
  return `line ${line}, column ${column}: ${why}`;
}

function table(form, order, found) {
  if (form === "ASK") return { columns: ["answer"], rows: [], truth: found.boolean };
  if (form !== "SELECT") return { columns: ["subject", "predicate", "object"], rows: found };
  const names = found.head.vars;
  const columns = order ? [...order.filter((name) => names.includes(name)), ...names.filter((name) => !order.includes(name))] : names;
  return { columns, rows: found.results.bindings.map((row) => columns.map((name) => row[name] || null)) };
}
