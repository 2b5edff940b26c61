"""An answer as JSON, Markdown and plain text, and what these and its HTML share: addresses, references, bylines.

Titles, sources, addresses and quotations come from articles that anyone may have written, so each form escapes
what its reader would take for more than text, and only addresses of the web become links.
"""

import re
from collections.abc import Sequence
from dataclasses import asdict
from urllib.parse import quote, urlsplit

from index.types import Hit, Locator
from qa.pipeline import CLOSEST
from qa.types import Answer, Citation, Highlight, Listed, SearchedFor
from ui.texts import ENGLISH, Texts

SCHEMA = 1
EXCERPT = 280  # characters of such a passage

_FRAGMENT = 60  # characters of a quotation that a link names whole; of a longer one, its first and last words
_ENDS = 5  # so many of them

_MARKDOWN = re.compile(r"[\\`*_\[\]<>&|~$@^]")
_AUTOLINK = re.compile(r"(?<=www)\.|(?<=:)//", re.IGNORECASE)
_LATEX = {"\\": r"\textbackslash{}", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}"}
_LINE_START = re.compile(r"^(\d*)([#+\-=:.)])")
# Everything that moves a terminal's cursor or reverses its line: controls and directional overrides.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")


def to_json(answer: Answer) -> dict[str, object]:
    """Return the answer as values that any JSON encoder takes; ``schema`` changes when a field does."""
    highlight = answer.highlight
    searched_for = answer.searched_for
    return {
        "schema": SCHEMA,
        "id": answer.id,
        "kind": answer.kind,
        "question": answer.question,
        "searched_for": {
            "text": searched_for.text,
            "terms": list(searched_for.terms),
            "sources": list(searched_for.sources),
            "since": searched_for.since,
            "until": searched_for.until,
            "carried": list(searched_for.carried),
            "named": bool(searched_for.named),
            "parts": [{"text": part.text, **asdict(part.filter)} for part in searched_for.parts],
        },
        "answered": answer.answered,
        "confidence": answer.confidence,
        "highlight": highlight and {"start": highlight.start, "end": highlight.end, "text": highlight.text},
        "citations": [
            {"number": c.number, **_citation_json(c), "also": [_citation_json(other) for other in c.also]}
            for c in answer.citations
        ],
        "hits": [hit_to_json(hit) for hit in answer.hits],
        "read": answer.read,
        "articles": [asdict(article) for article in answer.articles],
        "choices": list(answer.choices),
        "message": answer.message,
        "notice": answer.notice,
    }


def to_markdown(answer: Answer) -> str:
    """Return the answer as Markdown that shows the articles' own words and nothing that they would have it do."""
    blocks = []
    searched = searched_line(answer.searched_for, answer.question)
    if searched:
        blocks.append(f"*{_markdown(searched)}*")
    blocks += [_markdown(said(answer))] if answer.citations and answer.notice else []
    for citation in answer.citations:
        credited = _markdown(credit(citation), inside=True)
        blocks.append(
            f"> {_markdown_words(citation, answer.highlight).strip()} {_markdown_number(citation)}\n>\n> — {credited}"
        )
    if not answer.citations:
        blocks.append(_markdown(said(answer)))
        listed = [*answer.choices, *map(listing, answer.articles)]
        blocks += ["\n".join(f"- {_markdown(item)}" for item in listed)] if listed else []
        if shown := closest(answer):
            items = (f"- {_markdown(excerpt(h.text))} — *{_markdown(h.title.strip(), inside=True)}*" for h in shown)
            blocks += ["Closest passages, which are not an answer:", "\n".join(items)]
    return "\n\n".join(filter(None, blocks)) + "\n"


def heading(question: str) -> str:
    """Return a question as a heading of Markdown."""
    return f"## {_markdown(question, inside=True)}"


def to_text(answer: Answer) -> str:
    """Return the answer as plain lines for a terminal, free of control characters."""
    lines = []
    searched = searched_line(answer.searched_for, answer.question)
    if searched:
        lines += [_plain(searched), ""]
    lines += [_plain(said(answer)), ""] if answer.citations and answer.notice else []
    if answer.highlight:
        lines += [f"“{_plain(answer.highlight.text)}” [{answer.citations[0].number}]", ""]
    for citation in answer.citations:
        lines += [f"[{citation.number}] “{_indented(citation.quote, 5)}”", f"    {_plain(credit(citation))}"]
        url = web_address(citation.url, citation.locator)
        lines += [f"    {url}"] if url else []
        lines.append("")
    if not answer.citations:
        lines.append(_plain(said(answer)))
        lines += [f"  - {_plain(item)}" for item in (*answer.choices, *map(listing, answer.articles))]
        if shown := closest(answer):
            lines += ["", "Closest passages:"]
            lines += [f"  - {_indented(excerpt(hit.text), 4)}\n    {_plain(hit.title)}" for hit in shown]
    return "\n".join(lines).rstrip() + "\n"


def hit_to_json(hit: Hit) -> dict[str, object]:
    """Return a passage that was found, as it stands in the JSON of an answer."""
    return {
        "passage_id": hit.passage.passage_id,
        "doc_id": hit.passage.doc_id,
        "title": hit.title,
        "start": hit.passage.start,
        "end": hit.passage.end,
        "text": hit.text,
        "score": hit.score,
        "rank": hit.rank,
    }


def hits_to_text(hits: Sequence[Hit]) -> str:
    """Return passages with their ranks and scores as plain lines for a terminal."""
    found = []
    for hit in hits:
        heading = f"{hit.rank:>3}. {hit.score:.3f}  {_plain(hit.title)} ({_plain(hit.passage.passage_id)})"
        same = "; ".join(f"{_plain(copy.title)} ({_plain(copy.passage.passage_id)})" for copy in hit.copies)
        found.append(f"{heading}\n     {_indented(hit.text, 5)}\n" + (f"     The same in: {same}\n" if same else ""))
    return "\n".join(found) or "No passage was found.\n"


def closest(answer: Answer) -> tuple[Hit, ...]:
    """Return the passages to offer in place of an answer."""
    return answer.hits[:CLOSEST] if answer.kind == "declined" else ()


def listing(article: Listed, t: Texts = ENGLISH) -> str:
    """Return an article of a list in a line: its title, and where and when it was published."""
    line = byline(article.source, article.published, t)
    return f"{article.title} ({line})" if line else article.title


def said(answer: Answer, t: Texts = ENGLISH) -> str:
    """Return what an answer says in the interface's own words, "" for nothing."""
    if answer.notice is None:
        return t("declined") if answer.kind == "declined" else answer.message
    cited = answer.citations[0].published if answer.citations else None
    return t(f"notice_{answer.notice}", day=t.day(answer.searched_for.since or cited), question=answer.left_open)


def searched_line(searched_for: SearchedFor, question: str = "") -> str:
    """Say what was searched for where that is not just the question as it was asked, else return an empty string."""
    named, limits = searched_for.named, []
    if searched_for.sources:
        limits.append(limit(ENGLISH("in_source", source=", ".join(searched_for.sources)), bool(named.sources)))
    if days := when(searched_for.since, searched_for.until):
        limits.append(limit(days, bool(named.since or named.until)))
    if searched_for.carried:
        limits.append(carried(searched_for))
    other = limits or (question and question != searched_for.text)
    return " · ".join([ENGLISH("searched_for", text=searched_for.text), *limits]) if other else ""


def limit(words: str, named: bool, t: Texts = ENGLISH) -> str:
    """Return the words for a limit, with a word on whether it was the question that named it."""
    return f"{words} {t('as_asked')}" if named else words


def when(since: str | None, until: str | None, t: Texts = ENGLISH) -> str:
    """Say between which days was searched; an empty string where there is no limit."""
    if since and since == until:
        return t("of_day", day=t.day(since))
    days = (since and t("since", day=t.day(since)), until and t("until", day=t.day(until)))
    return " · ".join(filter(None, days))


def carried(searched_for: SearchedFor, t: Texts = ENGLISH) -> str:
    """Say which words came from earlier questions."""
    return t("carried", words=", ".join(f"“{words}”" for words in searched_for.carried))


def credit(citation: Citation) -> str:
    """Name the article, its source and date, the place in it, and the other articles that say the same."""
    line = " · ".join(filter(None, [citation.title, *told(citation)]))
    if not citation.also:
        return line
    others = [f"{c.title} ({byline(c.source, c.published)})".removesuffix(" ()") for c in citation.also]
    return f"{line}. Also in: {'; '.join(others)}"


def byline(source: str | None, published: str | None, t: Texts = ENGLISH) -> str:
    """Join a source and a date as they are shown beneath a title."""
    return " · ".join(filter(None, [source, t.day(published)]))


def excerpt(text: str, limit: int = EXCERPT) -> str:
    """Return the beginning of a text, cut between words and marked as cut."""
    if len(text) <= limit:
        return text
    return text[:limit].rsplit(maxsplit=1)[0] + " …"


def web_address(url: str | None, locator: Locator | None = None) -> str | None:
    """Return ``url``, with the locator's fragment, where it is an address of the web; otherwise None.

    An address with another scheme than http or https (``javascript:``, ``file:``) or with white space or control
    characters in it is dropped, because a browser may read it otherwise than we do.
    """
    if not url or any(c.isspace() or not c.isprintable() for c in url):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return None
    fragment = locator.fragment if locator else ""
    return url if parts.fragment or not fragment.startswith("#") or _CONTROL.search(fragment) else url + fragment


def place_address(citation: Citation) -> str | None:
    """Return the address of the article on the web so that a browser scrolls to the quotation and marks it.

    Browsers that do not know text fragments (https://wicg.github.io/scroll-to-text-fragment) open the page's beginning.
    """
    address = web_address(citation.url, citation.locator)
    words = citation.quote.split()
    if address is None or not words or ":~:" in address:
        return address
    short = len(citation.quote) <= _FRAGMENT or len(words) <= 2 * _ENDS
    parts = [words] if short else [words[:_ENDS], words[-_ENDS:]]
    # A dash beside a comma has a meaning there, and quote() leaves it as it is.
    found = ",".join(quote(" ".join(part), safe="").replace("-", "%2D") for part in parts)
    return f"{address}{'' if '#' in address else '#'}:~:text={found}"


def reference(citation: Citation) -> str:
    """Return a quotation and where it is from as one line of plain text."""
    origin = ", ".join(filter(None, [citation.title, *told(citation), web_address(citation.url)]))
    return re.sub(r"\s+", " ", f"“{citation.quote.strip()}” — {origin}")


def reference_markdown(citation: Citation) -> str:
    """Return a quotation and where it is from as Markdown, its article's title being a link where it has an address."""
    title = _markdown(citation.title, inside=True)
    if address := place_address(citation):
        title = f"[{title}](<{_target(address)}>)"
    line = ", ".join([title, *(_markdown(item, inside=True) for item in told(citation))])
    return f"> {_markdown(citation.quote)}\n>\n> — {line}\n"


def told(citation: Citation, t: Texts = ENGLISH) -> list[str]:
    """Return the source, the date and the place in the article, as far as they are known."""
    place = citation.locator.label if citation.locator else ""
    return [item for item in (citation.source, t.day(citation.published), place) if item]


def reference_bibtex(citation: Citation) -> str:
    """Return where a quotation is from as an entry of BibTeX, the quotation being its note."""
    year = (citation.published or "")[:4]
    key = re.sub(r"\W+", "-", f"{citation.doc_id}-{year}" if year else citation.doc_id).strip("-").lower()
    fields = {
        "title": citation.title,
        "journal": citation.source,
        "year": year if year.isdigit() else None,
        "date": citation.published and citation.published[:10],
        "url": web_address(citation.url),
        "note": f"“{citation.quote}”",
    }
    lines = [f"  {name} = {{{_bibtex(value, name)}}}" for name, value in fields.items() if value]
    return f"@misc{{{key},\n" + ",\n".join(lines) + "\n}\n"


def _bibtex(text: str, name: str) -> str:
    """Escape what BibTeX and LaTeX would interpret; addresses stand as they are, but for what would end the field."""
    line = re.sub(r"\s+", " ", _CONTROL.sub(" ", text)).strip()
    if name == "url":
        return re.sub(r"[{}\\]", lambda c: f"%{ord(c[0]):02X}", line)
    return re.sub(r"[\\{}$&#%_^~]", lambda c: _LATEX.get(c[0], f"\\{c[0]}"), line)


def _citation_json(citation: Citation) -> dict[str, object]:
    place = citation.locator
    return {
        "doc_id": citation.doc_id,
        "title": citation.title,
        "url": citation.url,
        "source": citation.source,
        "published": citation.published,
        "text_sha256": citation.text_sha256,
        "locator": place and {"label": place.label, "fragment": place.fragment},
        "start": citation.start,
        "end": citation.end,
        "quote": citation.quote,
    }


def split(citation: Citation, highlight: Highlight | None) -> tuple[str, str, str]:
    """Cut a quotation into what stands before, in and after the highlight."""
    if citation.number != 1 or highlight is None:
        return citation.quote, "", ""
    first, last = highlight.start - citation.start, highlight.end - citation.start
    return citation.quote[:first], citation.quote[first:last], citation.quote[last:]


def _markdown_words(citation: Citation, highlight: Highlight | None) -> str:
    before, short, after = split(citation, highlight)
    # Beside a letter or a space, two asterisks would not be read as the edge of bold words.
    if not short or short != short.strip() or before[-1:].isalnum() or after[:1].isalnum():
        return _markdown(citation.quote)
    return f"{_markdown(before)}**{_markdown(short, inside=True)}**{_markdown(after, inside=True)}"


def _markdown(text: str, *, inside: bool = False) -> str:
    """Escape what CommonMark or GitHub would interpret; ``inside`` a line, marks of its start mean nothing."""
    line = re.sub(r"\s+", " ", text)
    line = line if inside else line.lstrip()
    line = _AUTOLINK.sub(lambda found: "".join(f"\\{c}" for c in found[0]), _MARKDOWN.sub(r"\\\g<0>", line))
    return line if inside else _LINE_START.sub(r"\1\\\2", line)


def _markdown_number(citation: Citation) -> str:
    address = web_address(citation.url, citation.locator)
    if not address:
        return rf"\[{citation.number}\]"
    return rf"[\[{citation.number}\]](<{_target(address)}>)"


def _target(address: str) -> str:
    return re.sub(r"[<>\\]", lambda c: f"%{ord(c[0]):02X}", address).replace("&", r"\&")


def _indented(text: str, width: int) -> str:
    """Return the lines of a text that has any, each but the first after ``width`` blanks; blank ones are left out."""
    lines = (_plain(line) for line in text.splitlines())
    return ("\n" + " " * width).join(line for line in lines if line)


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", _CONTROL.sub(" ", text)).strip()
