// Runs once for each part of the page (`element`): clicks become events that Python answers, and what comes back
// is brought into view. Nothing here holds state except which button was used last, pressed last, and is held down,
// whether a list was unfolded, and the newest of what was shown.
const calm = window.matchMedia("(prefers-reduced-motion: reduce)");

function scrollTo(target, block) {
  if (target) target.scrollIntoView({ block, behavior: calm.matches ? "auto" : "smooth" });
}

let pressed = null;
let unfolded = false;
let newest = { stamp: 0 };

function view() {
  return element.closest(".view");
}

function closePane() {
  view().classList.remove("reading");
  const used = view().querySelector(".used");
  if (used) used.focus({ preventScroll: true });
}

function openPane(control) {
  // A way from one quotation to the next, in the pane, is as if the next had been chosen in the conversation.
  const { doc, start } = control.dataset;
  const answer = control.closest("[data-answer]");
  const alike = (other) =>
    other.dataset.doc === doc && other.dataset.start === start &&
    other.closest("[data-answer]").dataset.answer === answer.dataset.answer;
  const own = control.closest("#talk, #shelf") ? control
    : answer && [...document.querySelectorAll("#talk [data-answer] [data-doc]")].find(alike);
  if (own) {
    view().querySelectorAll(".used").forEach((other) => other.classList.remove("used"));
    own.classList.add("used");
  }
  view().classList.add("reading");
}

async function copy(control) {
  const menu = control.closest("details");
  const said = menu.parentElement.querySelector(".said");
  const done = await copied(control.dataset.copy);
  closeMenu(menu);
  tell(said, done);
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

// What was searched for goes into the field where questions are typed, to be changed and asked again.
function edit(words) {
  const field = document.querySelector("#question textarea");
  Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set.call(field, words);
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.focus();
}

// What is pressed is told as it is; its answer shows the conversation anew, where the same button has the focus again.
function judge(control) {
  const answer = control.closest("[data-answer]").dataset.answer;
  const [name] = ["verdict", "reason", "gold", "use"].filter((key) => key in control.dataset);
  pressed = `[data-answer="${CSS.escape(answer)}"] [data-${name}="${CSS.escape(control.dataset[name])}"]`;
  const on = control.getAttribute("aria-pressed") !== "true";
  trigger("judge", { answer, on, [name]: name === "gold" ? Number(control.dataset.gold) : control.dataset[name] });
}

// What is removed or brought back leaves the place where the focus was for another, which gets the focus.
function moved(event, doc, place) {
  view().dataset.focus = place;
  trigger(event, { doc });
}

function focusMoved() {
  const place = view() && view().dataset.focus;
  const found = place && element.querySelector(place);
  if (!found) return;
  delete view().dataset.focus;
  found.focus({ preventScroll: true });
}

// Gradio names its place for files in words of its own.
function nameFiles() {
  const files = document.querySelector("#files button");
  const words = getComputedStyle(document.documentElement).getPropertyValue("--drop-words");
  if (files && words) files.setAttribute("aria-label", words.trim().slice(1, -1));
}

// When the visitor was here last is known to the visitor's own browser only.
function visit() {
  let last = "";
  try {
    last = sessionStorage.getItem("quoth-last") ?? localStorage.getItem("quoth-visit") ?? "";
    sessionStorage.setItem("quoth-last", last);
    localStorage.setItem("quoth-visit", new Date().toISOString().slice(0, 19) + "Z");
  } catch { /* a browser that keeps nothing is always here for the first time */ }
  trigger("visit", { last });
}

setTimeout(() => { if (element.closest("#facts")) visit(); }, 0);

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
  else if ("without" in data) {
    const turn = control.closest(".turn");
    const question = turn.querySelector(".question").textContent;
    const { answer } = control.closest("[data-answer]").dataset;
    trigger("pose", { question, answer, without: data.without, value: data.value });
  } else if ("edit" in data) edit(data.edit);
  else if (control.closest(".judge")) judge(control);
  else if ("drop" in data) moved("drop", data.drop, `[data-back="${CSS.escape(data.drop)}"]`);
  else if ("back" in data) moved("back", data.back, `.articles [data-doc="${CSS.escape(data.back)}"]`);
  else if ("again" in data) trigger("again", { source: data.again });
  else if ("forget" in data) trigger("forget", { source: data.forget });
  else if ("more" in data) trigger("more", { more: true });
  else if ("everything" in data) trigger("everything", {});
  else if ("since" in data) trigger("since", { since: data.since });
  else if ("shelf" in data) {
    openPane(control);
    trigger("shelf", { stamp: performance.now() });
  } else if ("doc" in data) {
    openPane(control);
    const answer = control.closest("[data-answer]");
    trigger("cite", {
      doc: data.doc,
      start: Number(data.start),
      end: Number(data.end),
      at: "at" in data ? Number(data.at) : null,
      answer: answer ? answer.dataset.answer : "",
      stamp: performance.now(),
    });
  }
});

// A button that is shown anew between pressing and letting go takes the click, which the browser gives to neither.
let held = null;

element.addEventListener("pointerdown", (event) => {
  held = event.button === 0 ? event.target.closest("button") : null;
});

element.addEventListener("pointerup", (event) => {
  const control = event.target.closest("button");
  if (control && held && !held.isConnected && control.isEqualNode(held)) control.click();
  held = null;
});

element.addEventListener("keydown", (event) => {
  const menu = event.target.closest("details.menu[open]");
  // Letters are keys only where nothing is typed: with the focus in an opened article.
  const step = event.target.closest(".source") && !event.ctrlKey && !event.metaKey && !event.altKey
    && element.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (step) step.click();
  else if (event.key === "Escape" && menu) closeMenu(menu);
  else if (event.key === "Escape" && view().classList.contains("reading")) closePane();
});

// A list that was unfolded is so again when it is shown anew.
element.addEventListener("toggle", (event) => {
  if (event.target.matches(".sources, .changes")) unfolded = event.target.open;
}, true);

watch("value", () => {
  const list = element.querySelector(".sources, .changes");
  if (list && unfolded) list.open = true;
  const file = element.querySelector("[data-file]");
  if (file) return save(file);
  const stamped = element.querySelector("[data-stamp]");
  if (stamped) {
    // What was asked for later may come earlier, and stays.
    const stamp = Number(stamped.dataset.stamp);
    if (stamp < newest.stamp) {
      props.value = newest.value;
      return;
    }
    newest = { stamp, value: props.value };
  }
  const source = element.querySelector(".source, .list");
  if (source) {
    // The pane is the same element from one article to the next, so its scrolling is, too.
    const pane = element.closest("#pane, #reader");
    const mark = source.querySelector("mark.cited");
    if (!mark) pane.scrollTop = 0;
    if (view().classList.contains("reading")) source.focus({ preventScroll: true });
    scrollTo(mark, "center");
    return;
  }
  focusMoved();
  if (element.closest("#listing")) nameFiles();
  const again = pressed && element.querySelector(pressed);
  if (again) again.focus({ preventScroll: true });
  pressed = null;
  const shown = element.querySelectorAll(".turn");
  // A verdict changes a turn where it stands; a question, and its answer, are brought into view.
  if (shown.length && !again) scrollTo(shown[shown.length - 1], "start");
});
