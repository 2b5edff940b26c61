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
  document.querySelectorAll(".used").forEach((other) => other.classList.remove("used"));
  control.classList.add("used");
  page.classList.add("reading");
}

element.addEventListener("click", (event) => {
  let control = event.target.closest("button");
  if (!control && !event.target.closest("a") && !String(window.getSelection())) {
    // A card is as good as its number for those who point; its buttons are there for everyone.
    const card = event.target.closest(".quote, .hit");
    control = card && card.querySelector("[data-doc]");
  }
  if (!control) return;
  const data = control.dataset;
  if ("close" in data) closePane();
  else if ("fresh" in data) trigger("fresh");
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
  if (event.key === "Escape" && page.classList.contains("reading")) closePane();
});

watch("value", () => {
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
