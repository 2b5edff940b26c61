// Runs once for each part of the page (`element`): clicks become events that Python answers, and what comes back
// is brought into view. Nothing here holds state except which button was used last.
const page = document.getElementById("quoth");
const calm = window.matchMedia("(prefers-reduced-motion: reduce)");

function scrollTo(target, block) {
  if (target) target.scrollIntoView({ block, behavior: calm.matches ? "auto" : "smooth" });
}

function closePane() {
  page.classList.remove("reading");
  const used = document.querySelector("#talk .used");
  if (used) used.focus({ preventScroll: true });
}

function openPane(control) {
  // A way from one quotation to the next, in the pane, is as if the next had been chosen in the conversation.
  const { doc, start } = control.dataset;
  const answer = control.closest("[data-answer]");
  const alike = (other) =>
    other.dataset.doc === doc && other.dataset.start === start &&
    other.closest("[data-answer]").dataset.answer === answer.dataset.answer;
  const own = control.closest("#talk") ? control
    : answer && [...document.querySelectorAll("#talk [data-answer] [data-doc]")].find(alike);
  if (own) {
    document.querySelectorAll(".used").forEach((other) => other.classList.remove("used"));
    own.classList.add("used");
  }
  page.classList.add("reading");
}

// Copies as the clipboard of a page from another machine than this one must: only a secure page has the newer way.
function copied(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text).then(() => true, () => false);
  const field = Object.assign(document.createElement("textarea"), { value: text, className: "unseen" });
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  return Promise.resolve(done);
}

async function copy(control) {
  const menu = control.closest("details");
  const said = menu.parentElement.querySelector(".said");
  const done = await copied(control.dataset.copy);
  closeMenu(menu);
  said.textContent = done ? "Copied" : "The browser did not allow it";
  setTimeout(() => { said.textContent = ""; }, 2500);
}

function closeMenu(menu) {
  menu.open = false;
  menu.querySelector("summary").focus({ preventScroll: true });
}

function save(file) {
  const address = URL.createObjectURL(new Blob([file.textContent], { type: file.dataset.type }));
  Object.assign(document.createElement("a"), { href: address, download: file.dataset.file }).click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}

element.addEventListener("click", (event) => {
  let control = event.target.closest("button");
  document.querySelectorAll("details.menu[open]").forEach((menu) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
  if (!control && !event.target.closest("a, details") && !String(window.getSelection())) {
    // A card is as good as its number for those who point; its buttons are there for everyone.
    const card = event.target.closest(".quote, .hit");
    control = card && card.querySelector("[data-doc]");
  }
  if (!control) return;
  const data = control.dataset;
  if ("close" in data) closePane();
  else if ("copy" in data) copy(control);
  else if ("store" in data) {
    closeMenu(control.closest("details"));
    trigger("store", { form: data.store });
  } else if ("fresh" in data) trigger("fresh");
  else if ("ask" in data) trigger("pose", { question: data.ask, everywhere: "everywhere" in data });
  else if ("shelf" in data) {
    openPane(control);
    trigger("shelf");
  } else if ("doc" in data) {
    openPane(control);
    const answer = control.closest("[data-answer]");
    trigger("cite", {
      doc: data.doc,
      start: Number(data.start),
      end: Number(data.end),
      at: "at" in data ? Number(data.at) : null,
      answer: answer ? answer.dataset.answer : "",
    });
  }
});

element.addEventListener("keydown", (event) => {
  const menu = event.target.closest("details.menu[open]");
  // Letters are keys only where nothing is typed: with the focus in an opened article.
  const step = event.target.closest(".source") && !event.ctrlKey && !event.metaKey && !event.altKey
    && element.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (step) step.click();
  else if (event.key === "Escape" && menu) closeMenu(menu);
  else if (event.key === "Escape" && page.classList.contains("reading")) closePane();
});

watch("value", () => {
  const file = element.querySelector("[data-file]");
  if (file) return save(file);
  const source = element.querySelector(".source, .list");
  if (source) {
    // The pane is the same element from one article to the next, so its scrolling is, too.
    const pane = document.getElementById("pane");
    const mark = source.querySelector("mark.cited");
    if (!mark) pane.scrollTop = 0;
    if (page.classList.contains("reading")) source.focus({ preventScroll: true });
    scrollTo(mark, "center");
    return;
  }
  const turns = element.querySelectorAll(".turn");
  if (turns.length) scrollTo(turns[turns.length - 1], "start");
});
