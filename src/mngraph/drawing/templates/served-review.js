// The review of a candidate by keys: each does what a button of the page does.
for (const review of document.querySelectorAll(".review")) {
  const facts = [...review.querySelectorAll(".fact")];
  const help = document.querySelector("#keys");
  const press = (within, name) => within?.querySelector(`button[value="${name}"]`)?.click();
  let at = -1;

  // Go to a fact, and show where in the abstract it was read.
  const go = (number) => {
    if (!facts.length) return;
    at = Math.min(Math.max(number, 0), facts.length - 1);
    for (const [place, fact] of facts.entries()) fact.classList.toggle("here", place === at);
    for (const mark of review.querySelectorAll(".read")) {
      mark.classList.toggle("here", mark.dataset.facts.split(" ").includes(String(at)));
    }
    facts[at].focus({ preventScroll: true });
    facts[at].scrollIntoView({ block: "nearest" });
    review.querySelector(".read.here")?.scrollIntoView({ block: "nearest" });
  };
  const edit = () => {
    const details = facts[at]?.querySelector("details");
    if (!details) return;
    details.open = true;
    details.querySelector("input[type=text]").focus();
  };
  const keys = {
    a: () => press(facts[at], "accept"), r: () => press(facts[at], "reject"),
    u: () => press(facts[at], "undo"), e: edit,
    A: () => press(review, "accept-proposed"),
    j: () => go(at + 1), s: () => go(at + 1), k: () => go(at - 1),
    "+": () => review.querySelector("#adding")?.focus(),
    n: () => document.querySelector("#next")?.click(),
    "?": () => help.showModal(),
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || help.open) return;
    if (event.target.matches("input, textarea, select")) {
      if (event.key === "Escape") go(at);
      return;
    }
    if (!keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  });
  for (const [place, fact] of facts.entries()) fact.addEventListener("click", () => go(place));
  for (const mark of review.querySelectorAll(".read")) {
    mark.addEventListener("click", (event) => {
      event.preventDefault();
      go(Number(mark.dataset.facts.split(" ")[0]));
    });
  }
  go(Number(review.dataset.at));
}
