// <quoth-chat> asks the articles of the host that served this script.
// It is served as it is written. Whatever comes from elsewhere becomes text, never markup.
(() => {
"use strict";
if (customElements.get("quoth-chat")) return;

const script = document.currentScript || document.querySelector('script[src*="widget.js"]'); // null in a module
const served = new URL(".", script?.src || location).href;
const MOST = { turns: 20, kept: 200000, question: 1000, excerpt: 280, around: 700, closest: 3, wait: 90000 };

const TEXTS = {
  en: {
    heading: "Ask the articles", yours: "Your question", ask: "Ask",
    close: "Close", save: "Save", fresh: "New", conversation: "New conversation", example: "For example",
    welcome: "Ask. The articles answer in their own words.",
    more: "Each answer is a quotation that you can check where it stands.",
    searching: "Looking through the articles…", says: "The articles say: {words}",
    declined: "The articles don't say.", closest: "Closest passages, not an answer",
    searched: "Searched for: {words}", in: "in {words}", since: "since {words}", until: "until {words}", of: "of {words}",
    asked: "(as the question says)", carried: "{words} from earlier in the conversation", without: "Ask again without this",
    read: "Read it in its place", original: "Original", also: "Also in",
    up: "Good answer", down: "Bad answer", thanks: "Thank you.",
    gone: "This article is no longer in the collection.",
    changed: "This article has changed since it was quoted. Please ask again.",
    busy: "The articles cannot answer just now. Try again {words}.", moment: "in a moment", again: "Try again",
    refused: "This site is not among those that may ask these articles.",
    network: "The articles cannot be reached. Is there a connection?",
    failed: "This failed. It is not your doing.",
  },
  uk: {
    heading: "Запитання до статей", yours: "Ваше запитання", ask: "Запитати",
    close: "Закрити", save: "Зберегти", fresh: "Нова", conversation: "Нова розмова", example: "Наприклад",
    welcome: "Запитуйте. Статті відповідають власними словами.",
    more: "Кожна відповідь є цитатою, яку можна перевірити там, де вона стоїть.",
    searching: "Шукаємо в статтях…", says: "У статтях сказано: {words}",
    declined: "У статтях про це не сказано.", closest: "Найближчі уривки, але не відповідь",
    searched: "Шукали: {words}", in: "у джерелі {words}", since: "починаючи з {words}", until: "не пізніше {words}", of: "за {words}",
    asked: "(як сказано в запитанні)", carried: "{words} з попередньої розмови", without: "Запитати без цього",
    read: "Прочитати на своєму місці", original: "Оригінал", also: "Також у статті",
    up: "Добра відповідь", down: "Погана відповідь", thanks: "Дякуємо.",
    gone: "Цієї статті в колекції вже немає.",
    changed: "Ця стаття змінилася, відколи її цитували. Запитайте ще раз.",
    busy: "Статті зараз не можуть відповісти. Спробуйте ще раз {words}.", moment: "за мить", again: "Спробувати ще раз",
    refused: "Цьому сайту не дозволено запитувати ці статті.",
    network: "Статті недосяжні. Чи є зв’язок?",
    failed: "Не вдалося. Це не ваша вина.",
  },
};

// On the host our important rules outrank the page's.
const DARK = "--paper:#161614;--sheet:#1d1d1a;--ink:#ece9e2;--soft:#a8a49a;--line:#37352f;--edge:#7d796f;--accent:var(--accent-dark,#f0a396);--mark:#6b5710;color-scheme:dark";
const SHEET = new CSSStyleSheet();
SHEET.replaceSync(`
:host{all:initial !important;display:contents !important}
:host([mode="inline"]){display:block !important;height:var(--quoth-height, auto) !important}
.shell{
  --paper:#fbfaf7;--sheet:#fff;--ink:#1c1b19;--soft:#5d5a54;--line:#dedad1;--edge:#8b867b;--accent:var(--accent-light,#8a1c1c);--mark:#ffe89a;color-scheme:light;
  --serif:"Iowan Old Style", Palatino, Georgia, "Noto Serif", serif;
  position:fixed;inset:auto;width:0;height:0;border:0;background:none;overflow:visible;z-index:2147483647;
  color:var(--ink);font:medium/1.5 system-ui, "Segoe UI", sans-serif;overflow-wrap:anywhere;
}
:host([theme="dark"]) .shell{${DARK}}
@media (prefers-color-scheme:dark){:host(:not([theme="light"])) .shell{${DARK}}}
*{box-sizing:border-box;margin:0;padding:0;font:inherit;list-style:none}
[hidden]{display:none !important}
button, textarea{color:inherit;background:none;border:0}
a, button{display:inline-block;min-height:2em;text-align:start;cursor:pointer}
a, .link{color:inherit;text-decoration:underline var(--edge);text-underline-offset:0.2em}
a:hover, button:hover{color:var(--accent)}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px;border-radius:2px}
.log:focus-visible{outline-offset:-3px}
.solid, .solid:hover{background:var(--accent);color:var(--sheet);padding:0 1em;border:1px solid transparent;border-radius:4px}
.launcher, .panel{position:fixed;inset-block-end:1.25em;inset-inline-end:1.25em;max-width:calc(100vw - 2.5em);box-shadow:0 3px 20px #0004}
.launcher{min-height:3em;border-radius:1.5em;width:max-content}
.panel{display:flex;flex-direction:column;width:27em;height:min(42em, 100vh - 2.5em);background:var(--paper);border:1px solid var(--line);border-radius:6px;overflow:hidden}
.inline, .inline .panel{position:static;width:auto;max-width:none;height:100%;box-shadow:none}
.head{display:flex;align-items:center;gap:0.75em;padding:0.65em 1.25em;border-bottom:1px solid var(--line)}
h2, .welcome h3{flex:1;font:600 1.25em/1.25 var(--serif)}
.head button{font-size:0.875em}
.head .close{font:1.6em/1 var(--serif);width:1.25em;text-align:center}
.log{position:relative;flex:auto;min-height:9em;overflow:auto;padding:0 1.25em}
[role="dialog"] .log{overscroll-behavior:contain}
.welcome h3{margin-bottom:0.5em}
.aside{margin:1.5em 0 0.4em}
.aside, .searched, .judge{font-size:0.8125em}
.aside, .searched, .judge, .welcome p, .wait, .from, .passage, .note{color:var(--soft)}
.choices li, .hits li, .turn + .turn{border-top:1px solid var(--line)}
.choices button{width:100%;padding:0.5em 0}
.welcome, .turn{padding:1.25em 0}
.question{font-weight:600;margin-bottom:0.75em}
.searched{margin:-0.4em 0 0.9em}
[title]::after{content:" ×"}
.quote{position:relative;padding-inline-start:1.5em;margin-bottom:1.25em}
.quote::before{content:"“";position:absolute;inset-inline-start:0;font:2.5em/1.1 var(--serif);color:var(--accent)}
.words, .said{font:1.125em/1.5 var(--serif)}
.words, .place, .passage{white-space:pre-wrap}
.from, .judge{display:flex;flex-wrap:wrap;align-items:baseline;gap:0 1em}
.from{margin-top:0.4em;font-size:0.875em}
.credit{width:100%}
.title, .number, strong{color:var(--ink);font-weight:700}
.place{margin:0.5em 0;padding:0.75em 1em;max-height:20em;overflow:auto;background:var(--sheet);border:1px solid var(--line);border-radius:4px;font:1em/1.6 var(--serif)}
mark{color:inherit;background:var(--mark)}
@media (forced-colors:active){mark{background:Mark}}
.hits li{padding:0.6em 0}
.notice{display:grid;border-inline-start:3px solid var(--accent);padding-inline-start:0.9em}
[aria-pressed="true"]{color:var(--accent);font-weight:600;text-decoration:underline}
.box{display:flex;align-items:flex-end;gap:0.5em;margin:0.75em 1.25em calc(0.9em + env(safe-area-inset-bottom));padding:0.25em;border:1px solid var(--edge);border-radius:6px;background:var(--sheet)}
.box:focus-within{outline:2px solid var(--accent)}
textarea{flex:1;min-width:0;outline:none !important;padding:0.35em 0.5em;resize:none;field-sizing:content;max-height:7.5em}
textarea::placeholder{color:var(--soft);opacity:1}
.box button{min-height:2.2em}
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
@media (max-width:480px){[role="dialog"]{inset:0;width:auto;max-width:none;height:100vh;height:100dvh;border:0;border-radius:0}}
@media print{:host, .shell{display:none !important}}
`);

const text = (value) => (["string", "number"].includes(typeof value) ? String(value) : "");
const items = (value) => (Array.isArray(value) ? value : []);
const list = (value) => items(value).filter((item) => item && typeof item === "object");
const strings = (value) => items(value).map(text).filter(Boolean);
const parts = (value, mark) => value.split(mark).map((item) => item.trim()).filter(Boolean);

// Make an element, "p.note" one of a class; functions listen, "" and null stand for nothing.
function el(kind, attributes, ...children) {
  const [tag, className = ""] = kind.split(".");
  const made = document.createElement(tag);
  made.className = className;
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(name, value);
    else if (value !== null) made.setAttribute(name, value);
  }
  made.append(...children.flat(2).filter(Boolean));
  return made;
}

// Offsets count code points, strings here units of UTF-16.
function units(words, points, at = 0) {
  for (; points > 0 && at < words.length; points--) at += words.codePointAt(at) > 0xffff ? 2 : 1;
  return at;
}

// The paragraphs before or after a place; of long ones MOST.around, cut between words.
function before(all, at) {
  const cut = Math.max(0, at - MOST.around);
  const part = all.slice(cut, at).split(/\n[^\S\n]*\n\s*/).pop();
  return part.length < at - cut || !cut ? part : `… ${part.replace(/^\S*\s+|^[\udc00-\udfff]/, "")}`;
}

function after(all, at, most = MOST.around) {
  const [part] = all.slice(at, at + most).split(/\n[^\S\n]*\n/);
  return part.length < most || at + most >= all.length ? part : `${part.replace(/\s+\S*$|[\ud800-\udbff]$/, "")} …`;
}

// As in ui/render.py: only addresses of the web, and the fragment names the quotation.
function address(place) {
  let url = text(place.url);
  if (!/^https?:\/\/[^/?#]/i.test(url) || /[\s\p{C}\p{Z}]/u.test(url)) return null;
  const fragment = text(place.locator?.fragment);
  if (!/#./.test(url) && /^#[^\s\p{C}]*$/u.test(fragment)) url += fragment;
  const words = text(place.quote).split(/[\s\x1c-\x1f\x85]+/).filter(Boolean);
  const whole = [...text(place.quote)].length <= 60 || words.length <= 10;
  try {
    new URL(url);
    if (!words.length || url.includes(":~:")) return url;
    const found = (whole ? [words] : [words.slice(0, 5), words.slice(-5)]).map((some) =>
      encodeURIComponent(some.join(" ")).replace(/[!'()*-]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`));
    return `${url}${url.includes("#") ? "" : "#"}:~:text=${found}`;
  } catch {
    return null; // no address, or half a character
  }
}

// A site's colour, moved towards black or white until it can be read on our paper.
function legible(colour, paper, towards) {
  const pen = document.createElement("canvas").getContext("2d") || {};
  pen.fillStyle = "#0000";
  pen.fillStyle = colour;
  let rgb = pen.fillStyle.match(/^#(..)(..)(..)$/)?.slice(1).map((pair) => parseInt(pair, 16));
  const light = (some) => some.reduce((sum, c, i) => sum + (c / 255) ** 2.2 * [0.2126, 0.7152, 0.0722][i], 0.05);
  const close = () => Math.max(light(rgb) / light(paper), light(paper) / light(rgb)) < 4.8;
  while (rgb && close()) rgb = rgb.map((c) => Math.round(c + (towards - c) / 8));
  return rgb ? `rgb(${rgb})` : "";
}

class QuothChat extends HTMLElement {
  static observedAttributes = "src-host mode heading placeholder accent lang suggest".split(" ");

  #root = this.attachShadow({ mode: "open" });
  #turns = []; // {question, answer or error, verdict, node}
  #articles = new Map();
  #queue;
  #busy; // waits for its answer
  #key; // where the conversation is kept
  #opened = false;
  #back = null; // what had the focus before
  #parts;

  connectedCallback() {
    this.#root.adoptedStyleSheets = [SHEET];
    this.#draw();
  }

  attributeChangedCallback(name, old, value) {
    if (this.#parts && this.isConnected && old !== value) this.#draw();
  }

  async ask(question, alone) {
    const turn = { alone, question: text(question).trim().slice(0, MOST.question) };
    if (!turn.question || !this.isConnected) return null;
    this.#show(true);
    const turns = this.#turns; // another list in a new conversation
    return (this.#queue = this.#queue.then(() => {
      if (turns !== this.#turns) return null;
      turns.push(turn);
      return this.#ask(turn);
    }));
  }

  open() {
    if (!this.#parts || this.#inline) return;
    if (!this.#opened) this.#back = document.activeElement;
    this.#show(true);
    this.#parts.field.focus();
  }

  close() {
    if (this.#inline || !this.#opened) return;
    this.#show(false);
    const away = ![null, this, document.body].includes(this.#back) && this.#back.isConnected;
    (away ? this.#back : this.#parts.launcher).focus();
  }

  get #inline() {
    return this.#given("mode") === "inline";
  }

  get #base() {
    const given = this.#given("src-host") || served;
    return (/^https?:/i.test(given) ? given : `https://${given}`).replace(/\/*([?#].*)?$/, "");
  }

  get #language() {
    const found = (this.closest("[lang]") || document.documentElement).lang.toLowerCase().split("-")[0];
    return Object.hasOwn(TEXTS, found) ? found : "en";
  }

  get #answered() {
    return this.#turns.filter((turn) => turn.answer);
  }

  #given(name) {
    return this.getAttribute(name) || "";
  }

  #t(key, words) {
    return TEXTS[this.#language][key].replace("{words}", () => words);
  }

  #day(day) {
    const found = new Date(day.match(/^\d{4}-\d\d-\d\d/)?.[0]);
    return isNaN(found) ? day : found.toLocaleDateString(this.#language.replace("en", "en-GB"), { dateStyle: "long", timeZone: "UTC" });
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(`quoth:${name}`, { bubbles: true, composed: true, detail }));
  }

  #restore() {
    const key = `quoth:${this.#base}:${this.id || [...document.querySelectorAll("quoth-chat")].indexOf(this)}`;
    if (key === this.#key) return;
    this.#key = key;
    this.#begin();
    this.#articles = new Map();
    try {
      const kept = JSON.parse(sessionStorage.getItem(key));
      if (kept?.version !== 1) return;
      this.#turns = list(kept.turns).filter((turn) => turn.answer).slice(-MOST.turns);
      this.#opened ||= kept.open === true && !matchMedia("(max-width: 480px)").matches;
    } catch {} // the storage is closed or holds something else
  }

  #keep() {
    const turns = this.#answered.slice(-MOST.turns).map(({ question, alone, answer, verdict }) =>
      ({ question, alone, verdict, answer: list(answer.citations).length ? { ...answer, hits: [] } : answer }));
    let kept;
    do kept = JSON.stringify({ version: 1, open: this.#opened, turns });
    while (kept.length > MOST.kept && turns.shift());
    try {
      sessionStorage.setItem(this.#key, kept);
    } catch {} // without storage it ends with its page
  }

  #begin() {
    this.#busy = null;
    this.#turns = [];
    this.#queue = Promise.resolve();
  }

  #clear() {
    this.#begin();
    this.#keep();
    this.#list();
    this.#parts.status.textContent = "";
    this.#parts.field.focus();
  }

  // What stands here, as text. Each line of a quotation has a mark, so that nothing else passes for one.
  #save() {
    const marks = { question: "\n\n## ", words: "\n> ", passage: "\n- ", credit: "", "": "- " };
    const shown = this.#answered.flatMap(({ node }) => [...node.querySelectorAll("h3, p, blockquote, .choices li, .credit, a")]);
    const lines = shown.map(({ className, href, textContent }) => {
      if (href) return href.replace(/#?:~:.*/, "");
      const words = className === "words" ? textContent.replaceAll("\n", "\n> ") : textContent.replace(/\s+/g, " ");
      return (marks[className] ?? "\n") + words;
    });
    const all = [`# ${this.#root.querySelector("h2").textContent}`, ...lines, ""].join("\n");
    const href = URL.createObjectURL(new Blob([all], { type: "text/plain" }));
    el("a", { href, download: "conversation.txt" }).click();
    setTimeout(() => URL.revokeObjectURL(href), 1000);
  }

  async #fetch(path, body) {
    const post = body && { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
    const signal = AbortSignal.timeout?.(MOST.wait);
    try {
      const reply = await fetch(`${this.#base}/api/v1/${path}`, { ...post, credentials: "omit", signal });
      return { ok: reply.ok, status: reply.status, later: reply.headers.get("Retry-After"), found: await reply.json().catch(() => null) };
    } catch {
      return { status: 0 };
    }
  }

  async #ask(turn) {
    const { field, status } = this.#parts;
    const anew = Math.max(0, this.#turns.findLastIndex((other) => other.alone));
    const earlier = this.#turns.slice(anew).filter((other) => other.answer).map((other) => other.question);
    turn.error = null;
    this.#busy = turn;
    status.textContent = ""; // to be heard again
    if (field.value.trim() === turn.question) field.value = "";
    this.#list(turn);
    const reply = await this.#fetch("ask", {
      question: turn.question,
      turns: earlier.slice(-MOST.turns),
      sources: parts(this.#given("sources"), ","),
      since: this.#given("since") || null,
      until: this.#given("until") || null,
    });
    const answer = reply.ok && reply.found?.kind ? reply.found : null;
    const error = answer ? null : await this.#problem(reply);
    if (this.#busy !== turn) return null; // a new conversation has begun
    this.#busy = null;
    Object.assign(turn, { answer, error });
    this.#list(turn);
    this.#parts.status.textContent = error || this.#spoken(answer);
    if (!answer) return null;
    this.#keep();
    this.#tell("answer", answer);
    return answer;
  }

  // A refused origin looks like no connection, but the host's script can still be had.
  async #problem({ status, later, found }) {
    const there = status || (await fetch(`${this.#base}/widget.js`, { mode: "no-cors", cache: "no-store" }).catch(() => null));
    if (!there) return this.#t("network");
    if (!status || status === 403) return this.#t("refused");
    if ([429, 503].includes(status)) {
      const seconds = Math.ceil(Number(later) || (Date.parse(later) - Date.now()) / 1000);
      const [count, unit] = seconds < 90 ? [seconds, "second"] : [Math.ceil(seconds / 60), "minute"];
      return this.#t("busy", seconds > 0 ? new Intl.RelativeTimeFormat(this.#language).format(count, unit) : this.#t("moment"));
    }
    return (status < 500 && text(found?.detail)) || this.#t("failed");
  }

  #spoken(answer) {
    const words = list(answer.citations).map((citation) => text(citation.quote)).join(" ");
    return words ? this.#t("says", words) : answer.kind === "declined" ? this.#t("declined") : text(answer.message);
  }

  #draw() {
    this.#restore();
    const inline = this.#inline;
    const named = this.#given("heading") || this.#t("heading");
    const held = this.#root.activeElement;
    const launcher = el("button", { class: "launcher solid", "aria-haspopup": "dialog", click: () => this.open() }, named);
    const save = el("button", { click: () => this.#save() }, this.#t("save"));
    const fresh = el("button", { "aria-label": this.#t("conversation"), click: () => this.#clear() }, this.#t("fresh"));
    const close = el("button.close", { "aria-label": this.#t("close"), click: () => this.close() }, "×");
    const log = el("div.log", { role: "log", "aria-live": "off", "aria-label": named, tabindex: 0 });
    const status = el("p.unseen", { role: "status" });
    const field = el("textarea", {
      rows: 1, maxlength: MOST.question, enterkeyhint: "send", dir: "auto", "aria-label": this.#t("yours"),
      placeholder: this.#given("placeholder") || this.#t("yours"),
    });
    const send = el("button.solid", { click: () => this.#send(field.value) }, this.#t("ask"));
    const panel = el("div.panel", { role: inline ? "region" : "dialog", "aria-modal": inline ? null : true, "aria-label": named },
      el("div.head", {}, el("h2", { dir: "auto" }, named), save, fresh, !inline && close),
      log, status, el("div.box", {}, field, send));
    const shell = el("div", {
      class: inline ? "shell inline" : "shell", lang: this.#language, popover: inline ? null : "manual",
      keydown: this.#pressed, keyup: this.#pressed, keypress: this.#pressed,
    }, !inline && launcher, panel);
    shell.style.setProperty("--accent-light", legible(this.#given("accent"), [251, 250, 247], 0));
    shell.style.setProperty("--accent-dark", legible(this.#given("accent"), [29, 29, 26], 255));
    field.value = this.#parts?.field.value || "";
    this.#parts = { launcher, panel, log, status, save, fresh, field, send };
    this.#root.replaceChildren(shell);
    // In the top layer nothing of the page covers or moves it.
    if (!inline) shell.showPopover?.();
    this.#show(this.#opened);
    for (const turn of this.#turns) turn.node = null;
    this.#list(this.#turns.at(-1));
    if (held) (this.#opened || inline ? field : launcher).focus();
  }

  #show(open) {
    const changed = this.#opened !== open;
    this.#opened = open;
    this.#parts.panel.hidden = !open && !this.#inline;
    this.#parts.launcher.hidden = open;
    if (changed) this.#keep();
  }

  #send(question, alone) {
    if (!this.#busy) this.ask(question, alone);
    this.#parts.field.focus();
  }

  // No shortcuts of the page; in the open panel Tab goes round.
  #pressed = (event) => {
    event.stopPropagation();
    if (event.type !== "keydown" || event.isComposing) return;
    const { field, panel } = this.#parts;
    if (event.key === "Enter" && !event.shiftKey && event.target === field) {
      event.preventDefault();
      this.#send(field.value);
    }
    if (this.#inline || !this.#opened) return;
    if (event.key === "Escape") this.close();
    if (event.key !== "Tab") return;
    const stops = [...panel.querySelectorAll("button, a, textarea, [tabindex]")].filter((stop) => stop.getClientRects().length);
    const [edge, other] = event.shiftKey ? [stops[0], stops.at(-1)] : [stops.at(-1), stops[0]];
    if (this.#root.activeElement !== edge) return;
    event.preventDefault();
    other.focus();
  };

  // Draw the turns not yet drawn, and one anew, at the top.
  #list(shown) {
    const { log, save, fresh, send } = this.#parts;
    const nodes = this.#turns.map((turn) => {
      if (turn === shown) turn.node = null;
      return (turn.node ||= el("section.turn", {}, el("h3.question", { dir: "auto" }, text(turn.question)), this.#reply(turn)));
    });
    log.replaceChildren(...(nodes.length ? nodes : this.#welcome()));
    save.hidden = !this.#answered.length;
    fresh.hidden = !nodes.length;
    send.setAttribute("aria-disabled", Boolean(this.#busy));
    if (shown) log.scrollTop = shown.node.offsetTop;
  }

  #welcome() {
    const suggested = parts(this.#given("suggest"), "|");
    return [el("div.welcome", {}, el("h3", {}, this.#t("welcome")), el("p", {}, this.#t("more")),
      suggested.length && [el("p.aside", {}, this.#t("example")), this.#choices(suggested)])];
  }

  #choices(questions) {
    return el("ul.choices", {}, questions.map((question) =>
      el("li", {}, el("button", { dir: "auto", click: () => this.#send(question) }, question))));
  }

  #reply(turn) {
    const { answer, error } = turn;
    const again = () => {
      if (!this.#busy) this.#ask(turn);
      this.#parts.field.focus();
    };
    if (error) return el("div.notice", { dir: "auto" }, error, el("button.link", { click: again }, this.#t("again")));
    if (!answer) return el("p.wait", {}, this.#t("searching"));
    const declined = answer.kind === "declined";
    const searched = this.#searched(answer.searched_for, answer.question);
    const quotes = list(answer.citations).map((citation, i) => this.#quote(citation, !i && answer.highlight, answer));
    const judged = text(answer.id) && (quotes.length || declined) && this.#judge(turn);
    const told = answer.notice && el("p.aside", {}, text(answer.message));
    if (quotes.length) return [searched, told, el("ol", {}, quotes), judged];
    const listed = list(answer.articles).map((article) => el("li", {}, this.#credit(article, answer)));
    const closest = declined ? list(answer.hits).slice(0, MOST.closest) : [];
    const passages = closest.map((hit) => el("li", {},
      el("p.passage", { dir: "auto" }, after(text(hit.text).replace(/\s*\n\s*/g, "\n"), 0, MOST.excerpt)), this.#credit(hit, answer)));
    return [
      searched, el("p.said", { dir: "auto" }, this.#spoken(answer)),
      this.#choices(strings(answer.choices)), closest.length && el("p.aside", {}, this.#t("closest")),
      el("ul.hits", {}, listed, passages), judged,
    ];
  }

  // What was searched for, where that is more than the question.
  #searched(searched, question) {
    if (!searched) return null;
    const { field } = this.#parts;
    const words = text(searched.text);
    const [since, until] = [text(searched.since), text(searched.until)];
    const day = (key, found) => found && this.#t(key, this.#day(found));
    const days = since === until ? [day("of", since)] : [day("since", since), day("until", until)];
    const limits = [...strings(searched.sources).map((source) => this.#t("in", source)), ...days].filter(Boolean);
    if (limits.length && searched.named === true) limits.push(`${limits.pop()} ${this.#t("asked")}`);
    const carried = strings(searched.carried).map((earlier) => `“${earlier}”`).join(", ");
    return (carried || limits.length || words !== text(question)) && el("p.searched", { dir: "auto" },
      el("button.link", { click: () => (field.value = words, field.focus()) }, this.#t("searched", words)), limits.map((limit) => ` · ${limit}`),
      carried && [" · ", el("button", { title: this.#t("without"), click: () => this.#send(text(question), true) }, this.#t("carried", carried))]);
  }

  #quote(citation, highlight, answer) {
    const quote = text(citation.quote);
    const first = units(quote, highlight?.start - citation.start);
    const last = units(quote, highlight?.end - highlight?.start, first);
    const bold = last > first && el("strong", {}, quote.slice(first, last));
    return el("li.quote", {},
      el("blockquote.words", { dir: "auto" }, quote.slice(0, first), bold, quote.slice(last)),
      this.#credit(citation, answer), list(citation.also).map((other) => this.#credit(other, answer, `${this.#t("also")} `)));
  }

  // Where words are from, and the room in which they open.
  #credit(place, answer, lead = "") {
    const title = text(place.title) || text(place.doc_id);
    const number = text(place.number) && `[${text(place.number)}] `;
    const line = [text(place.source), this.#day(text(place.published)), text(place.locator?.label)].filter(Boolean).join(" · ");
    const link = address(place);
    const room = el("div", { hidden: "" });
    const named = (words) => `${words}: ${number || lead}${title}`;
    const read = el("button.link", { "aria-expanded": false, "aria-label": named(this.#t("read")), click: () => {
      room.hidden = !room.hidden;
      read.setAttribute("aria-expanded", !room.hidden);
      if (!room.hidden) this.#open(place, answer, room);
    } }, this.#t("read"));
    const original = link && el("a", { href: link, target: "_blank", rel: "noopener noreferrer", "aria-label": named(this.#t("original")) }, this.#t("original"));
    return [
      el("div.from", {},
        el("span.credit", {}, el("span.number", {}, number), lead, el("bdi.title", {}, title), line && " · ", el("bdi", {}, line)),
        read, original),
      room,
    ];
  }

  async #open(place, answer, room) {
    this.#tell("citation", { id: answer.id, citation: place });
    const note = (words) => room.replaceChildren(el("div.note", { role: "status" }, words));
    const id = text(place.doc_id);
    const articles = this.#articles;
    let article = articles.get(id);
    if (!article) {
      note(this.#t("searching"));
      const reply = await this.#fetch(`articles/${encodeURIComponent(id)}`);
      article = reply.found;
      if (!reply.ok || !text(article?.text)) return note(reply.status === 404 ? this.#t("gone") : await this.#problem(reply));
      articles.set(id, article);
    }
    const all = text(article.text);
    const start = units(all, place.start);
    const end = units(all, place.end - place.start, start);
    const words = all.slice(start, end);
    if (place.quote && words !== place.quote) return note(this.#t("changed"));
    const mark = words && el("mark", {}, words);
    room.replaceChildren(el("div.place", { dir: "auto", lang: text(article.language), tabindex: 0, role: "group", "aria-label": text(place.title) },
      before(all, start), mark, after(all, end)));
    if (mark) mark.scrollIntoView({ block: "nearest" });
  }

  #judge(turn) {
    const said = el("span", { role: "status" });
    const { id } = turn.answer;
    const thumbs = ["up", "down"].map((verdict, i) => el("button", { "aria-pressed": turn.verdict === verdict, click: async () => {
      const { ok } = await this.#fetch("feedback", { id, verdict, reasons: [] });
      said.textContent = this.#t(ok ? "thanks" : "failed");
      if (!ok) return;
      turn.verdict = verdict;
      for (const other of thumbs) other.setAttribute("aria-pressed", other === thumbs[i]);
      this.#keep();
      this.#tell("feedback", { id, verdict });
    } }, this.#t(verdict)));
    return el("div.judge", {}, thumbs, said);
  }
}

customElements.define("quoth-chat", QuothChat);
})();
