"""What became of sources, as lines and as JSON values."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace

from index.index import Index
from index.refresh import SourceSummary, joined
from index.sources import Source
from index.types import Refusal
from ui.progress import outcomes, printable, summary_to_json


def done_to_text(done: Sequence[SourceSummary], folder: str, *, unchanged: bool) -> str:
    """Return a line for everything that was found, also what is ``unchanged`` if need be, and one that counts it."""
    lines = [line for part in done for line in changes_to_text(part, unchanged=unchanged)]
    summary = joined([part.summary for part in done])
    left_out = len(summary.refused) + sum(bool(part.failure) for part in done)
    gone = sum(len(part.gone) for part in done)
    same = sum(part.passed for part in done) + len(summary.unchanged)
    counts = f"{len(summary.added):,} added, {len(summary.replaced):,} replaced, {same:,} unchanged"
    lines.append(
        f"{folder}: {counts}, {f'{gone:,} gone, ' if gone else ''}{left_out:,} left out "
        f"({summary.sentences:,} sentences in {summary.passages:,} passages)"
    )
    return "\n".join(lines)


def changes_to_text(done: SourceSummary, *, unchanged: bool = False) -> list[str]:
    """Return a line for everything that was found at one source."""
    source = done.source
    what = "removed" if source.gone == "remove" else "kept"
    lines = outcomes(done.summary, done.came_from, unchanged=unchanged)
    lines += [printable(f"gone       {doc_id}: it is no longer at {source.address}; {what}") for doc_id in done.gone]
    lines += [printable(f"note       {source.address}: {done.note}")] if done.note else []
    return lines + ([printable(f"left out   {source.address}: {done.failure}")] if done.failure else [])


def done_to_json(done: Sequence[SourceSummary], index: Index) -> dict[str, object]:
    """Return the same as JSON values."""
    failures = tuple(Refusal(part.source.address, part.failure) for part in done if part.failure)
    summary = joined([part.summary for part in done])
    return {
        **summary_to_json(replace(summary, refused=summary.refused + failures)),
        "gone": [doc_id for part in done for doc_id in part.gone],
        "passed": sum(part.passed for part in done),
        "sources": [source_to_json(part.source, index) for part in done],
    }


def source_to_json(source: Source, index: Index) -> dict[str, object]:
    """Return a source as JSON values: what could not be read with its reason, and which articles are gone."""
    values = asdict(replace(source, seen={}, missing={}))
    del values["seen"], values["missing"]
    named = [(index.store.named(origin), since) for origin, since in source.missing.items()]
    return {
        **values,
        "missing": [{"doc_id": known[0], "since": since} for known, since in named if known],
        "failed": [{"given": page, "reason": seen.reason} for page, seen in source.seen.items() if seen.reason],
    }


def sources_to_text(sources: Iterable[Source]) -> list[str]:
    """Return two lines for each source: where it is, and what the last look found; one more where that failed."""
    lines = []
    for source in sources:
        counts, missing = source.counts, len(source.missing)
        found = f"{counts.new:,} new, {counts.changed:,} changed, {counts.unchanged:,} unchanged, {counts.gone:,} gone"
        marked = f"; {missing:,} kept that {'is' if missing == 1 else 'are'} gone from it" if missing else ""
        lines.append(f"{source.address} ({source.kind})")
        lines.append(f"    {source.fetched or 'never read'}: {found}, {counts.failed:,} failed{marked}")
        if source.failure:
            lines.append(f"    failed {source.looked}: {source.failure}")
    return [printable(line) for line in lines]
