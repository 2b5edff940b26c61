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

function tell(said, done) {
  said.textContent = done ? said.dataset.copied : said.dataset.refused;
  setTimeout(() => { said.textContent = ""; }, 2500);
}

