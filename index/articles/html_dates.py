"""When a web page says that it was published: in its head, in its data, in a marked element or in its address.

What merely stands on the page, a copyright or another article's date, is never taken for it.
"""

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, timedelta

from lxml.html import HtmlElement  # type: ignore[import-untyped]

from index.articles import dates

# In the order in which they are believed.
_META = (
    "article:published_time",
    "datepublished",
    "article:published",
    "rnews:datepublished",
    "og:published_time",
    "parsely-pub-date",
    "sailthru.date",
    "cxenseparse:recs:publishtime",
    "citation_publication_date",
    "publication_date",
    "publication-date",
    "publish-date",
    "publish_date",
    "publishdate",
    "published_time",
    "pubdate",
    "dcterms.issued",
    "dc.date.issued",
    "dcterms.date",
    "dc.date",
    "dc:date",
    "citation_date",
    "originalpublicationdate",
    "article_date_original",
    "date",
)
_ARTICLES = ("article", "posting", "report", "claimreview", "webpage")
_PUBLISHED = frozenset(("published", "dt-published"))  # of microformats
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_URL = re.compile(rf"/((?:19|20)\d\d)([/-])(\d\d?|{'|'.join(_MONTHS)})\2(\d\d?)(?=[/_.-]|$)", re.IGNORECASE)
_UNSET = ("0001-01-01", "1970-01-01")  # what programs write for no date
_NEXT = timedelta(days=1)
_LONGEST = 2_000_000  # characters of data


def published(tree: HtmlElement, url: str | None) -> tuple[str | None, str]:
    """Return the day in ISO 8601 and where it was found: "meta tag", "JSON-LD", "time element" or "URL".

    Where there is none they are None and "".
    """
    named = next(filter(None, map(dates.iso, _from_url(url or ""))), None)
    for found_in, written in (
        ("meta tag", _from_meta(tree)),
        ("JSON-LD", _from_data(tree)),
        ("time element", _from_times(tree)),
    ):
        for found in filter(None, map(dates.iso, written)):
            if found.startswith(_UNSET):
                continue
            # A time in UTC may be the next day's already, or the day before's still, where the article appeared.
            if named and found.endswith("Z") and abs(_day(found) - _day(named)) == _NEXT:
                return named, "URL"
            return found[:10], found_in
    return (named, "URL") if named else (None, "")


def _day(written: str) -> date:
    return date.fromisoformat(written[:10])


def _from_meta(tree: HtmlElement) -> Iterator[object]:
    written: dict[str, str] = {}
    for element in tree.iter("meta"):
        for attribute in ("property", "name", "itemprop"):
            written.setdefault((element.get(attribute) or "").strip().lower(), element.get("content") or "")
    yield from (written[name] for name in _META if name in written)


def _from_data(tree: HtmlElement) -> Iterator[object]:
    for script in tree.iter("script"):
        text = script.text or ""
        if (script.get("type") or "").strip().lower() != "application/ld+json" or len(text) > _LONGEST:
            continue
        with suppress(ValueError, RecursionError):
            yield from _of_articles(json.loads(text, strict=False))


def _of_articles(data: object) -> Iterator[object]:
    """Yield the dates of the articles that a page describes as itself, not of those that it mentions."""
    things = data if isinstance(data, list) else [data]
    for thing in things:
        if not isinstance(thing, dict):
            continue
        if isinstance(thing.get("@graph"), list):
            yield from _of_articles(thing["@graph"])
        kinds = thing.get("@type")
        if any(str(kind).lower().endswith(_ARTICLES) for kind in (kinds if isinstance(kinds, list) else [kinds])):
            yield thing.get("datePublished")


def _from_times(tree: HtmlElement) -> Iterator[object]:
    """Yield the date of the elements marked as the publication's, if they agree."""
    marked = {
        (element.get("datetime") or element.get("content") or "".join(element.itertext())).strip()
        for element in tree.iter()
        if "pubdate" in element.attrib
        or (element.get("itemprop") or "").lower() == "datepublished"
        or (
            element.tag == "time" and not {"published", "dt-published"}.isdisjoint((element.get("class") or "").split())
        )
    }
    if len(marked) == 1:
        yield from marked


def _from_url(url: str) -> Iterator[object]:
    match = _URL.search(url.partition("?")[0])
    if match:
        year, _, month, day = match.groups()
        number = _MONTHS.index(month.lower()) + 1 if month.lower() in _MONTHS else int(month)
        yield f"{year}-{number:02}-{int(day):02}"
