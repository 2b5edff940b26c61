"""The library as HTML: what the collection holds, what changed, its articles, and what became of those just added."""

from collections.abc import Sequence
from pathlib import Path

from index.index import Status
from index.sources import Source
from index.stores.base import Change, Entry, Removed
from ui.additions import Addition
from ui.html import bylined_html, safe
from ui.languages import MODELS, language_name
from ui.texts import Texts

_CHANGES = 20  # that are listed
_FILES = 40  # that have a line each; of more, only those with something to say
_REASONS = 5  # of what was left out of one file
_KINDS = ("added", "replaced", "removed", "restored")  # of changes
_FOUND = {"new": "added", "changed": "replaced", "unchanged": "unchanged", "gone": "gone", "failed": "refused"}
_OUTCOMES = ("added", "replaced", "unchanged", "refused")  # of files


def facts_html(
    status: Status | None,
    t: Texts,
    changes: Sequence[Change] = (),
    last: str = "",
    *,
    editable: bool = False,
) -> str:
    """Return what the collection holds, and what changed, above all since the visitor's ``last`` visit.

    The folder's name is told only to those who may change what is in it.
    """
    if status is None:
        return _header(t, t("loading"))
    facts = [t("articles", status.articles), t("sentences", status.sentences)]
    if status.bytes:
        facts.append(t("on_disk", size=t.size(status.bytes)))
    place = (
        f'<p class="place">{safe(t("kept_in", folder=Path(status.folder).resolve()))}</p>'
        if editable and status.folder
        else ""
    )
    told = (_since_html(changes, last, t) if last else "") + _unknown_html(status, t)
    return _header(t, " · ".join(facts), place + told + _changes_html(changes, t))


def _unknown_html(status: Status, t: Texts) -> str:
    """Say which languages of the articles the embedding model does not know, where there are any."""
    unknown = ", ".join(language_name(x.code, t.locale) for x in status.languages if not x.known)
    return f'<p class="how">{safe(t("unknown_languages", languages=unknown, models=MODELS))}</p>' if unknown else ""


def notice_html(message: str) -> str:
    """Return a sentence on what is wrong."""
    return f'<p class="notice" role="alert">{safe(message)}</p>'


def gone_html(removed: Sequence[Removed], t: Texts, note: str = "") -> str:
    """Return what was removed and can be brought back, and a ``note`` on what went wrong."""
    items = "".join(
        f'<li><bdi>{safe(t("removed_title", title=gone.entry.title))}</bdi> <button type="button" '
        f'data-back="{safe(gone.entry.doc_id)}" aria-label="{safe(t("undo_label", title=gone.entry.title))}">'
        f"{safe(t('undo'))}</button></li>"
        for gone in removed
    )
    listed = f'<ul class="gone">{items}</ul><p class="how">{safe(t("undo_time"))}</p>' if items else ""
    return f"{notice_html(note) if note else ''}{listed}"


def listing_html(
    entries: Sequence[Entry], all_: int, length: int, t: Texts, *, since: str = "", editable: bool = False
) -> str:
    """Return the first ``length`` of the articles that were found among ``all_``."""
    if not all_:
        return f'<p class="how">{safe(t("no_articles_more"))}</p>'
    found = t("articles", all_) if len(entries) == all_ else t("found_articles", len(entries), all=t.number(all_))
    lift = f' <button type="button" data-everything>{safe(t("show_all"))}</button>' if len(entries) < all_ else ""
    only = f" {safe(t('changed_since', moment=t.moment(since)))}" if since else ""
    items = "".join(_entry_html(entry, t, editable) for entry in entries[:length])
    more = ""
    if len(entries) > length:
        more = f'<p class="more"><button type="button" data-more>{safe(t("show_more"))}</button></p>'
    return f'<p class="count" role="status">{safe(found)}{only}{lift}</p><ul class="articles">{items}</ul>{more}'


def sources_html(sources: Sequence[Source], t: Texts) -> str:
    """Return where the articles came from and will come from again, with what the last look at each found."""
    if not sources:
        return ""
    items = "".join(_source_html(source, t) for source in sources)
    every = f'<p class="how"><button type="button" data-again="">{safe(t("look_at_all"))}</button></p>'
    words = safe(t("n_sources", len(sources)))
    # With one that failed it is open, so that it is not overlooked.
    open_ = " open" if any(source.failure for source in sources) else ""
    return f'<details class="sources"{open_}><summary>{words}</summary><ul>{items}</ul>{every}</details>'


def _source_html(source: Source, t: Texts) -> str:
    address = safe(source.address)
    counts = {kind: getattr(source.counts, kind) for kind in ("new", "changed", "unchanged", "gone", "failed")}
    found = _counts({_FOUND[kind]: count for kind, count in counts.items()}, t) or t("nothing")
    told = t("looked_at", moment=t.moment(source.fetched), found=found) if source.fetched else t("never_looked_at")
    facts = [t(f"kind_{source.kind}"), told]
    if source.missing:
        facts.append(t("kept_though_gone", len(source.missing)))
    line = " · ".join(f'<span class="line">{safe(fact)}</span>' for fact in facts)
    failed = f'<p class="notice">{safe(source.failure)}</p>' if source.failure else ""
    ways = {
        "again": (t("look_again"), t("look_again_label", address=source.address)),
        "forget": (t("forget"), t("forget_label", address=source.address)),
    }
    buttons = " ".join(
        f'<button type="button" data-{name}="{address}" aria-label="{safe(label)}">{safe(words)}</button>'
        for name, (words, label) in ways.items()
    )
    return f'<li><bdi>{address}</bdi><p class="found">{line}</p>{failed}<p class="ways">{buttons}</p></li>'


def additions_html(additions: Sequence[Addition], t: Texts, place: str = "") -> str:
    """Return a line for every file: its progress, then what became of it; ``place`` is the folder now asked."""
    open_ = [addition for addition in additions if addition.state != "done"]
    # Of very many files those that wait, and those that went well, are only counted.
    told = additions if len(additions) <= _FILES else [a for a in additions if a.state == "adding" or _wanting(a)]
    items = "".join(_addition_html(addition, t) for addition in told[-_FILES:])
    said = _summed(additions, t) if not open_ else ""
    if open_ and len(additions) > _FILES:
        said = t("files_done", len(additions) - len(open_), all=t.number(len(additions)))
    said = f'<p class="how" role="status">{safe(said)}</p>' if said else ""
    moved = f'<p class="how">{safe(t("moved", folder=Path(place).resolve()))}</p>' if place else ""
    return f'<ul class="additions" aria-label="{safe(t("additions"))}">{items}</ul>{said}{moved}'


def _header(t: Texts, facts: str, more: str = "") -> str:
    return f'<header><h1>{safe(t("view_library"))}</h1><p class="facts">{safe(facts)}</p>{more}</header>'


def _since_html(changes: Sequence[Change], last: str, t: Texts) -> str:
    """Say what was written since a moment, with a button that lists it."""
    since = [change for change in changes if change.at > last]
    counts = _counts({kind: sum(getattr(change, kind) for change in since) for kind in _KINDS}, t)
    if not counts:
        return f'<p class="since">{safe(t("nothing_since", moment=t.moment(last)))}</p>'
    words = safe(t("since_visit", moment=t.moment(last), counts=counts))
    show = f'<button type="button" data-since="{safe(last)}">{safe(t("show_these"))}</button>'
    return f'<p class="since">{words} {show}</p>'


def _changes_html(changes: Sequence[Change], t: Texts) -> str:
    if not changes:
        return ""
    items = "".join(
        f'<li><time datetime="{safe(change.at)}">{safe(t.moment(change.at))}</time> '
        f"{safe(_counts({kind: getattr(change, kind) for kind in _KINDS}, t))}</li>"
        for change in changes[:_CHANGES]
    )
    return f'<details class="changes"><summary>{safe(t("what_changed"))}</summary><ol>{items}</ol></details>'


def _counts(counts: dict[str, int], t: Texts) -> str:
    return ", ".join(t(f"n_{kind}", count) for kind, count in counts.items() if count)


def _entry_html(entry: Entry, t: Texts, editable: bool) -> str:
    doc_id, title = safe(entry.doc_id), safe(entry.title)
    drop = ""
    if editable:
        label = safe(t("remove_label", title=entry.title))
        words = safe(t("remove"))
        drop = f'<button type="button" class="drop" data-drop="{doc_id}" aria-label="{label}">{words}</button>'
    facts = f'<span class="line">{safe(t("sentences", entry.sentences))}</span>'
    line = " · ".join(filter(None, [bylined_html(entry.source, entry.published, t), facts]))
    return (
        f'<li><div><button type="button" class="title" data-doc="{doc_id}" data-start="0" data-end="0" dir="auto">'
        f'{title}</button><p class="from">{line}</p></div>{drop}</li>'
    )


def _addition_html(addition: Addition, t: Texts) -> str:
    name = f"<bdi>{safe(addition.name)}</bdi>"
    if addition.state == "done":
        summary = addition.summary
        wrong = not (summary.added or summary.replaced or summary.unchanged or addition.same)
        return f'<li class="{"left-out" if wrong else "done"}">{name} <span>{_verdict_html(addition, t)}</span></li>'
    words = t("waiting") if addition.state == "waiting" else t("embedded", addition.encoded)
    label = safe(t("progress_of", name=addition.name))
    bar = f'<progress max="100" value="{addition.share * 100:.0f}" aria-label="{label}"></progress>'
    return f"<li>{name} {bar} <span>{safe(words)}</span></li>"


def _wanting(addition: Addition) -> bool:
    """Tell whether something of a file was left out."""
    return bool(addition.problem or addition.summary.refused)


def _verdict_html(addition: Addition, t: Texts) -> str:
    """Say what became of a file, with the reasons of what was left out."""
    summary = addition.summary
    counts = _outcomes([addition])
    told = [_counts(counts, t)] if any(counts.values()) else []
    if addition.problem:
        told.append(t("left_out_because", reason=addition.problem))
    told += dict.fromkeys(note.text for note in summary.notes)
    words = safe(" · ".join(told) or t("empty_file"))
    if not summary.refused:
        return words
    reasons = [
        f"<li>{_named(refusal.given, addition.name)}{safe(refusal.reason)}</li>"
        for refusal in summary.refused[:_REASONS]
    ]
    if (rest := len(summary.refused) - _REASONS) > 0:
        reasons.append(f"<li>{safe(t('more_refused', rest))}</li>")
    return f'{words}<ul class="reasons">{"".join(reasons)}</ul>'


def _named(given: str, name: str) -> str:
    """Return what was left out, where that is not the whole file."""
    return "" if given == name else f"<bdi>{safe(given.removeprefix(f'{name}:'))}</bdi>: "


def _summed(additions: Sequence[Addition], t: Texts) -> str:
    """Return what became of all together."""
    counts = _outcomes(additions)
    counts["refused"] += sum(bool(addition.problem) for addition in additions)
    return t("all_done", counts=_counts(counts, t) or t("nothing"))


def _outcomes(additions: Sequence[Addition]) -> dict[str, int]:
    """Return how many articles were added, replaced, unchanged, left out, and gone."""
    counts = {kind: sum(len(getattr(addition.summary, kind)) for addition in additions) for kind in _OUTCOMES}
    counts["unchanged"] += sum(addition.same for addition in additions)
    return {**counts, "gone": sum(addition.gone for addition in additions)}
