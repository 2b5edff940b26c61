"""Ranked sentences to quotations."""

import textwrap
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.index import Index
from index.sentences import split
from index.terms import analyse, term_hashes
from index.types import Article, Sentence
from qa.reader.quotes import MAX_CHARACTERS, MAX_SENTENCES, choose, clipped, interleaved, says_the_same
from qa.reader.similarity import Candidate
from tests.toy import ToyEmbedder, article

FERRY = article(
    "ferry", "The ferry costs 4 crowns. It leaves at noon. Dogs ride for nothing. The bar is shut.\n\nCall us."
)
COPY = article("copy", "Ferry costs 4 crowns, we hear. The weather was fine.")


def terms(text: str) -> frozenset[int]:
    """Return the hashes of a text's terms."""
    return frozenset(term_hashes(analyse(text)).tolist())


def of(source: Article, *scores: float) -> list[Candidate]:
    """Return the sentences of an article with these scores, best first."""
    found = [
        Candidate(source, s, score, score, score, terms(source.text[s.start : s.end]))
        for s, score in zip(split(source.doc_id, source.text), scores, strict=False)
    ]
    return sorted(found, key=lambda c: -c.score)


def quotes(ranked: list[Candidate], limit: int = 4) -> list[str]:
    """Return the quoted texts."""
    return [citation.quote for citation in choose(ranked, limit)]


def test_no_sentences_no_quotations() -> None:
    """Nothing is quoted of nothing."""
    assert choose([], 4) == ()


def test_neighbours_merge_in_reading_order() -> None:
    """Sentences that touch become one quotation, the earlier first, whichever was ranked first."""
    assert quotes(of(FERRY, 0.85, 0.9)) == ["The ferry costs 4 crowns. It leaves at noon."]


def test_a_quotation_has_at_most_three_sentences() -> None:
    """The fourth neighbour becomes a quotation of its own."""
    found = quotes(of(FERRY, 0.9, 0.89, 0.88, 0.87))
    assert found == ["The ferry costs 4 crowns. It leaves at noon. Dogs ride for nothing.", "The bar is shut."]


def test_with_a_reader_the_same_article_goes_on_sooner() -> None:
    """What a reader is not unsure of is quoted further: of the same article before another one's as near."""
    read = [replace(c, sure=0.5) for c in of(FERRY, 0.9, 0.1, 0.76)]
    other = [replace(c, sure=0.5) for c in of(article("crossing", "We crossed the sound by boat."), 0.77)]
    ranked = sorted([*read, *other], key=lambda c: -c.score)
    assert quotes(ranked) == ["The ferry costs 4 crowns.", "Dogs ride for nothing."]
    assert quotes([ranked[0], *(replace(c, sure=-0.5) for c in ranked[1:])]) == ["The ferry costs 4 crowns."]


def test_leads_are_quoted_though_the_reader_is_unsure() -> None:
    """What answers a part of the question is quoted for that."""
    ranked = [replace(c, sure=-0.5) for c in of(FERRY, 0.9, 0.1, 0.5)]
    found = choose(ranked, 4, leads={ranked[1].sentence})
    assert [citation.quote for citation in found] == ["The ferry costs 4 crowns.", "Dogs ride for nothing."]


def test_a_blank_line_parts_quotations() -> None:
    """Neighbours in two paragraphs are not merged."""
    assert quotes(of(FERRY, 0, 0, 0, 0.9, 0.9)) == ["The bar is shut.", "Call us."]


def test_a_weak_sentence_is_not_quoted() -> None:
    """A further quotation must come near the first."""
    assert quotes(of(FERRY, 0.9, 0.3)) == ["The ferry costs 4 crowns."]


def test_at_most_so_many_quotations() -> None:
    """The setting limits them; a sentence that only merges takes no place."""
    assert quotes(of(FERRY, 0.9, 0, 0.8, 0.79), limit=1) == ["The ferry costs 4 crowns."]


def test_another_article_that_says_the_same_is_also_cited() -> None:
    """A near-duplicate of another article goes to ``also``, with the number of what it repeats."""
    (only,) = choose([*of(FERRY, 0.9)[:1], *of(COPY, 0.85)[:1]], 4)
    assert [(c.doc_id, c.number, c.quote) for c in only.also] == [("copy", 1, "Ferry costs 4 crowns, we hear.")]


def test_a_copied_article_adds_no_quotations() -> None:
    """Where an article repeats a whole quotation, none of its sentences is quoted again."""
    same = article("same", FERRY.text)
    ranked = [c for pair in zip(of(FERRY, 0.9, 0.89, 0.88), of(same, 0.9, 0.89, 0.88), strict=True) for c in pair]
    (only,) = choose(ranked, 4)
    assert only.quote == "The ferry costs 4 crowns. It leaves at noon. Dogs ride for nothing."
    assert [c.doc_id for c in only.also] == ["same"]


def test_a_repetition_in_the_same_article_is_dropped() -> None:
    """An article that says a thing twice is quoted once."""
    twice = article("twice", "The ferry costs 4 crowns.\n\nThe ferry costs 4 crowns.")
    (only,) = choose(of(twice, 0.9, 0.9), 4)
    assert (only.start, only.also) == (0, ())


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("The ferry costs 4 crowns.", "Four or 4 crowns the ferry costs.", True),
        ("The ferry costs 4 crowns.", "The ferry costs 5 crowns.", False),
        ("The ferry costs 4 crowns.", "The ferry costs crowns.", False),
        ("The ferry leaves at noon.", "The bar is shut.", False),
        ("Ferry.", "The ferry left the old harbour before noon with nobody on board.", False),
        ("And so it was.", "And so it was.", False),
    ],
)
def test_the_same_words_and_the_same_numbers(one: str, other: str, expected: bool) -> None:
    """Sentences say the same when they share most words and exactly their numbers; function words say nothing."""
    (a,), (b,) = of(article("a", one), 1), of(article("b", other), 1)
    assert says_the_same(a, b) == says_the_same(b, a) == expected


def test_a_long_sentence_is_cut_between_words() -> None:
    """A quotation of an over-long sentence ends with a whole word within 600 characters."""
    long = article("long", "harbour " * 200 + "end.")
    end = clipped(long, 0, len(long.text))
    assert MAX_CHARACTERS - 8 <= end <= MAX_CHARACTERS
    assert long.text[:end].endswith("harbour")
    assert clipped(article("solid", "x" * 2000), 10, 2000) == 10 + MAX_CHARACTERS
    assert clipped(long, 0, 100) == 100


def test_the_index_hands_over_headings_that_do_not_lead() -> None:
    """A heading that repeats the question comes after every whole sentence."""
    from qa.reader.similarity import candidates

    index = Index.in_memory(ToyEmbedder())
    index.add([article("a", "Ferry to Hven cost\n\nThe ferry to Hven is cheap at 4 crowns.")])
    ranked = candidates(index, "ferry to Hven cost", index.search("ferry to Hven cost"))
    assert [c.text for c in ranked] == ["The ferry to Hven is cheap at 4 crowns.", "Ferry to Hven cost"]
    assert ranked[0].score < ranked[1].score


WORDS = st.sampled_from(["ferry", "4", "crowns", "noon", "dogs", "harbour " * 80, "ride."])
TEXTS = st.lists(st.lists(WORDS, min_size=1, max_size=8).map(" ".join), min_size=1, max_size=6).map(". ".join)


@given(st.lists(TEXTS, min_size=1, max_size=4), st.lists(st.floats(0, 1), min_size=60, max_size=60), st.integers(1, 5))
def test_every_quotation_is_a_span_within_its_limits(texts: list[str], scores: list[float], limit: int) -> None:
    """Whatever the sentences and scores, quotations are short verbatim spans of sentences and do not overlap."""
    articles = [article(str(n), text) for n, text in enumerate(texts)]
    ranked = sorted((c for a in articles for c in of(a, *scores)), key=lambda c: (-c.score, c.sentence))
    found = choose(ranked, limit)
    assert 1 <= len(found) <= limit
    assert [c.number for c in found] == [*range(1, len(found) + 1)]
    taken: set[tuple[str, int]] = set()
    for citation in [*found, *(other for c in found for other in c.also)]:
        source = articles[int(citation.doc_id)]
        assert citation.quote == source.text[citation.start : citation.end]
        assert 0 < len(citation.quote) <= MAX_CHARACTERS
        inside = [s for s in split(source.doc_id, source.text) if s.start < citation.end and citation.start < s.end]
        assert len(inside) <= MAX_SENTENCES
        assert isinstance(inside[0], Sentence)
    for citation in found:
        span = {(citation.doc_id, i) for i in range(citation.start, citation.end)}
        assert not span & taken
        taken |= span
        assert citation.doc_id not in {c.doc_id for c in citation.also}
        assert len({c.doc_id for c in citation.also}) == len(citation.also)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The minister signed the trade deal with Norway.", "The minister did not sign the trade deal with Norway."),
        ("Norway never signed the trade deal.", "Norway signed the trade deal."),
        ("Germany will send twelve howitzers.", "France will send twelve howitzers."),
        ("The deal was signed in Oslo by both sides.", "The deal was signed in Bergen by both sides."),
        ("Parliament approved the budget on Monday.", "Parliament rejected the budget on Monday."),
        ("Sweden was admitted in March.", "Sweden was admitted in March together with Finland."),
        ("Five of his seven passes were caught.", "Four of his five passes were caught."),
    ],
)
def test_what_differs_in_a_name_or_a_not_is_not_the_same(one: str, other: str) -> None:
    """Sentences that contradict each other, or differ in a name, a number or a word that counts, are kept apart."""
    (first,), (second,) = of(article("a", one), 1), of(article("b", other), 1)
    assert not says_the_same(first, second)


def test_a_quotation_that_announces_something_goes_on() -> None:
    """A sentence that ends with a colon brings what follows it, even if that ranked low."""
    text = "They agreed on this:\n\n- a new ferry;\n- a longer pier.\n\nThen they left."
    assert quotes(of(article("a", text), 0.9, 0.2, 0.1, 0.3)) == [
        "They agreed on this:\n\n- a new ferry;\n- a longer pier."
    ]


@pytest.mark.parametrize("brief", ["Yes.", "Not yet."])
def test_yes_is_quoted_with_what_follows(brief: str) -> None:
    """A sentence of a word or two brings the one after it, and no more."""
    text = f"{brief} The new ferry sails in June. It rained."
    assert quotes(of(article("a", text), 0.9, 0.2, 0.1)) == [f"{brief} The new ferry sails in June."]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Yes.\n\nHow much is a bus ticket? It is 4 crowns.", "en"),
        ("Yes. How much is a bus ticket? It is 4 crowns.", "en"),
        ("Yes.\n\nOpening hours\n\nIt is open all day.", "en"),
        ("渡轮每天早上九点离开港口。天气很好。下雨了。", "zh"),
    ],
)
def test_what_is_another_matter_does_not_go_on(text: str, language: str) -> None:
    """The next question, another paragraph or a heading are not brought, and words without spaces are not few."""
    source = article("a", text, language=language)
    first = split("a", text, language)[0]
    assert quotes(of(source, 0.9, 0.2, 0.1)) == [text[first.start : first.end]]


PIER = (
    "The repair of the northern pier in the old harbour was decided by Mayor Anna Berg of the coastal town of Hven in "
    "May. She promised that it would open in June."
)


@pytest.mark.parametrize("width", [60, 64, 68, 72])
def test_a_quotation_with_a_pronoun_begins_with_a_whole_sentence(width: int) -> None:
    """Lines that are broken at a width change nothing: the sentence before is one of the article's."""
    text = "\n\n".join(
        textwrap.fill(p, width) for p in (PIER, PIER.replace("pier", "mole"), PIER.replace("Hven", "Ven"))
    )
    source = article("wrapped", text)
    she = next(s for s in split("wrapped", text) if text[s.start : s.end].startswith("She"))
    ranked = [Candidate(source, she, 0.9, 0.9, 0.9, terms(text[she.start : she.end]))]
    (quote,) = quotes(ranked)
    assert quote.startswith("The repair of")
    assert quote.split()[-1] == "June."


@pytest.mark.parametrize("before", ["Part one\n", "Part one\n \n", "It rained.\n\n", ""])
def test_a_heading_or_another_paragraph_introduces_nobody(before: str) -> None:
    """What stands before a pronoun is only brought where it is a sentence of the same paragraph."""
    source = article("a", before + "He promised to open the pier in June.")
    assert quotes(of(source, 0.1, 0.9)[:1] if before else of(source, 0.9)) == ["He promised to open the pier in June."]


def test_what_a_colon_announces_is_quoted_once() -> None:
    """A sentence that ends with a colon takes nothing that is quoted already."""
    text = f"{'First ' * 18}is this:\n\n{'Second ' * 32}is that. {'Third ' * 40}was more."
    first, second, third = of(article("a", text), 0.9, 0.89, 0.88)
    found = choose([second, third, first], 4)
    assert len(found) == 2
    spans = sorted((c.start, c.end) for c in found)
    assert all(a[1] <= b[0] for a, b in pairwise(spans))


def test_rankings_of_an_article_that_changed_meanwhile_are_joined() -> None:
    """Where one ranking is shorter, the rest of the other follows."""
    one = of(FERRY, 0.9, 0.8, 0.7)
    assert [c.sentence for c in interleaved([one, one[:1]])] == [c.sentence for c in one]


@pytest.mark.parametrize(
    ("doc_id", "text", "sure", "quoted"),
    [
        ("b", "The new ferry sails to Hven each morning from April.", -0.2, True),
        ("b", "The new ferry sails to Hven each morning from April.", -0.4, False),  # surely no answer
        ("b", "Nobody sails to the island in winter.", -0.2, False),  # says something else
        ("b", "Does the new ferry sail to Hven each morning?", -0.2, False),
        ("a", "The new ferry sails to Hven each morning from April.", -0.2, False),  # the same article
    ],
)
def test_another_article_that_says_it_again_is_quoted(doc_id: str, text: str, sure: float, quoted: bool) -> None:
    """Two that agree are quoted, though the reader has doubts of the second; but not one article twice."""
    (first,) = of(article("a", "A new ferry will sail to Hven every morning."), 0.9)
    (second,) = of(article(doc_id, text), 0.6)
    ranked = [replace(first, sure=0.4), replace(second, cosine=0.85, sure=sure)]
    assert (text in quotes(ranked)) == quoted
