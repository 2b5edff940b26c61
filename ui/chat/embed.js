// Writes the snippet that a site puts into its pages, and shows the widget with the same attributes in a frame.
const base = new URL(".", location.href).href.replace(/\/$/, "");
const frame = element.querySelector("iframe");
const code = element.querySelector(".snippet code");
const plain = { mode: "panel", theme: "auto", lang: "", heading: "", accent: "#8a1c1c", suggest: "" };

function chosen() {
  const fields = [...element.querySelectorAll("[name]")];
  return Object.fromEntries(fields.map((field) => [field.name, field.value.trim()]));
}

function escaped(words) {
  return words.replace(/&/g, "&amp;").replace(/"/g, "&quot;").replace(/</g, "&lt;");
}

function snippet(values, query) {
  if (values.mode === "frame") {
    const title = escaped(values.heading || "Quoth");
    return `<iframe src="${escaped(`${base}/embed${query}`)}" title="${title}" width="100%" height="600"></iframe>`;
  }
  const wanted = Object.entries(values).filter(([name, value]) => value !== plain[name]);
  const attributes = wanted.map(([name, value]) => ` ${name}="${escaped(value)}"`).join("");
  return `<script src="${base}/widget.js" defer></script>\n<quoth-chat${attributes}></quoth-chat>`;
}

function show() {
  const values = chosen();
  const wanted = Object.entries(values).filter(([name, value]) => name !== "mode" && value !== plain[name]);
  const query = wanted.length ? `?${new URLSearchParams(wanted)}` : "";
  code.textContent = snippet(values, query);
  // The frame asks nothing until somebody does; it is loaded when the view is first looked at.
  const address = `${base}/embed${query}`;
  if (element.offsetParent && frame.src !== address) frame.src = address;
}

let waiting = 0;
element.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(show, 300);
});
element.querySelector(".copy").addEventListener("click", async () => {
  tell(element.querySelector(".said"), await copied(code.textContent));
});
addEventListener("message", (event) => {
  const own = event.source === frame.contentWindow && event.origin === location.origin;
  if (own && event.data.type === "quoth:height") frame.style.height = `${Math.min(event.data.height, 5000)}px`;
});
new IntersectionObserver(show).observe(element);
show();
