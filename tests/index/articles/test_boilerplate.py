"""What is no part of an article is cut from pages, and nothing of the article is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.articles import boilerplate, html

FIRST = "The harbour of the small town was closed on Monday, because the storm had torn away its lights."
LAST = "The fishermen hope to sail again before the end of the week, when the sea will be calm."
LINKS = "<li><a href='/a'>The lights of another town</a></li><li><a href='/b'>Storms and how they begin</a></li>"
# So long that they are not taken for a menu.
LONG = "".join(
    f"<li><a href='/{name}'>The lights of {name} and the storms that the people there remember best of all</a></li>"
    for name in ("Anholt", "Bornholm", "Helgoland", "Rügen")
)


AUTHOR = "<meta name='author' content='Ines Aldan'>"


def text(inside: str, *, before: str = "", after: str = "", head: str = AUTHOR) -> str:
    """Return what is read from a page with something inside its article, before its sentences or after them."""
    body = f"<h1>The dark harbour</h1>{before}<p>{FIRST}</p>{inside}<p>{LAST}</p>{after}"
    head = f"<head><title>The dark harbour</title>{head}</head>"
    page = f"<html lang='en'>{head}<body><article>{body}</article></body></html>"
    return html.page(page.encode(), "a.html").text


WHOLE = f"The dark harbour\n\n{FIRST}\n\n{LAST}"


@pytest.mark.parametrize(
    "call",
    [
        "<p>Read more: <a href='/x'>Storm takes the roof of a church</a></p>",
        "<p><strong>READ MORE: <a href='/x'>Storm takes the roof of a church</a></strong></p>",
        "<p>(See also: <a href='/x'>Storm takes the roof of a church</a>)</p>",
        "<p>Related: <a href='/x'>Storm takes the roof of a church</a></p>",
        "<p>Lesen Sie auch: <a href='/x'>Sturm nimmt das Dach einer Kirche mit</a></p>",
        "<p>À lire aussi : <a href='/x'>La tempête emporte le toit d'une église</a></p>",
        "<p>Lea también: <a href='/x'>La tormenta se lleva el techo de una iglesia</a></p>",
        "<p>Leggi anche: <a href='/x'>La tempesta porta via il tetto di una chiesa</a></p>",
        "<p>Leia também: <a href='/x'>Tempestade leva o telhado de uma igreja</a></p>",
        "<p>Czytaj także: <a href='/x'>Burza zerwała dach kościoła</a></p>",
        "<p>Читайте також: <a href='/x'>Буря зірвала дах церкви</a></p>",
        "<p>Читайте также: <a href='/x'>Буря сорвала крышу церкви</a></p>",
        f"<h2>See also</h2><ul>{LINKS}</ul>",
        f"<p>DON'T MISS</p><ul>{LINKS}</ul>",
        f"<h3>Siehe auch</h3><ul>{LINKS}</ul>",
        "<p>Advertisement</p>",
        "<p>Story continues below advertisement</p>",
        "<p>Werbung</p>",
        "<p>Реклама</p>",
        "<aside class='NewsletterBox'><p>Every morning the news of the sea. Enter your address below.</p></aside>",
        "<div class='c-newsletter-promo'><p>Every morning the news of the sea. Enter your address.</p></div>",
        "<div class='latest-news'><p>Two more ships were seen near the island in the evening.</p></div>",
    ],
)
def test_calls_are_cut(call: str) -> None:
    """A call to read something else goes, wherever it stands between the sentences."""
    assert text(call) == WHOLE


@pytest.mark.parametrize(
    "sentence",
    [
        "Read more books, doctors say.",
        "Read more: that is what the doctors say, and the teachers too.",
        "See also what the mayor wrote to the fishermen in the spring.",
        "Related: the price of fish has doubled.",
        "Follow the fishermen on Facebook and you will know when they sail.",
        "Share this with nobody, the captain said.",
        "All rights reserved for the guests of the harbour, the sign says, and nobody knows why.",
        "The advertisement ran in every paper of the coast.",
        "Copyright law protects the lights of the tower, a judge found in 2019.",
        "Subscribe to our newsletter, said the sign at the harbour.",
        "Sign up for the newsletter of the harbour, the mayor told all who had come.",
    ],
)
def test_sentences_stay(sentence: str) -> None:
    """A sentence between others stays, whatever its words."""
    assert text(f"<p>{sentence}</p>") == f"The dark harbour\n\n{FIRST}\n\n{sentence}\n\n{LAST}"


@pytest.mark.parametrize(
    "last",
    [
        "Fans can follow the captain on Instagram.",
        "Like most captains on Facebook, she shares little of her life.",
        "The results may not be reproduced by anybody, the engineers fear.",
        "If you buy a boat from a dealer, the commission is three percent.",
        "Three neighbours contributed to the report of the harbour master.",
        "The mayor will speak on Friday. Follow the law and you are safe, she said.",
        "Tom Reeve is the mayor of the small town, and has been for many years.",
        "The lights of the harbour are Ines Aldan's work, as all in the town know well.",
        "Contact the harbour master at harbour@example.org if you have seen the lights.",
    ],
)
def test_last_sentences_stay(last: str) -> None:
    """A last sentence that only sounds like a farewell stays."""
    assert text("", after=f"<p>{last}</p>") == f"{WHOLE}\n\n{last}"


@pytest.mark.parametrize(
    "farewell",
    [
        "<p>Follow us on Twitter and Facebook.</p>",
        "<p>Ines Aldan writes about the sea and those who live by it. Follow her on Twitter: @inesaldan.</p>",
        "<p>Sign up for our newsletter and never miss a storm.</p>",
        "<p>© 2023 The Harbour Notes. All rights reserved.</p>",
        "<p>Copyright 2023 Harbour Notes</p>",
        "<p>Ines Aldan covers the sea and those who live by it, from the island of Bornholm.</p>",
        "<p>This site uses cookies to know who has been here before.</p>",
        "<p>Already a subscriber? Log in to keep reading.</p>",
        "<p>The post The dark harbour appeared first on Harbour Notes.</p>",
        "<p>(Reporting by Ines Aldan; editing by Tom Reeve)</p>",
        "<p>Tom Reeve contributed to this report.</p>",
        "<p>ines@example.org</p>",
        "<p>Folgen Sie uns auf Facebook und Instagram!</p>",
        "<p>Підписуйтесь на наш канал</p>",
        "<p>You may also like:</p>",
        "<p>Tags: <a href='/t/sea'>sea</a>, <a href='/t/storm'>storm</a></p>",
        "<p>Updated at 1:23 p.m.</p>",
        f"<ul>{LONG}</ul>",
    ],
)
def test_farewells_are_cut(farewell: str) -> None:
    """What calls away, or repeats whose the article is, goes after its last sentence."""
    assert text("", after=farewell) == WHOLE


@pytest.mark.parametrize(
    "frame",
    [
        "<p>By Ines Aldan</p>",
        "<p>Published 14 July 2023, 10:15 GMT</p>",
        "<p>Freitag, 14. Juli 2023 um 10:15 Uhr</p>",
        "<p>5 min read</p>",
        "<p>Share</p>",
        f"<ul>{LONG}</ul>",
    ],
)
def test_frames_are_cut(frame: str) -> None:
    """Names, dates and links before the first sentence go, and the title stays."""
    assert text("", before=frame) == WHOLE


def test_an_announced_list_stays() -> None:
    """Links that a sentence or a heading of their own announces are what the article lists."""
    assert text("", after=f"<p>These are worth a visit:</p><ul>{LONG}</ul>").count("storms that") == 4
    assert text("", after=f"<h2>Sources</h2><ul>{LONG}</ul>").count("storms that") == 4


def test_neighbours_that_lead_to_other_pages_are_cut() -> None:
    """Links as headings, side by side with a line below each, are no part of the article, whatever they are called."""
    card = (
        "<div><h3><a href='/{0}'>Ship {0} was seen</a></h3><p>It was near an island when the sun went down.</p></div>"
    )
    body = "".join(f"<p>{FIRST} It was dark for {n} days, and nobody sailed.</p>" for n in range(9))
    cards = "<div>" + "".join(card.format(n) for n in range(4)) + "</div>"
    found = text(body, after=cards)
    assert "Ship" not in found
    assert found.endswith(LAST)


def test_a_section_called_like_a_call_stays() -> None:
    """A heading stays where sentences follow it, and with no links below a label does."""
    section = "<h2>Advertising</h2><p>The harbour was known for its posters, which showed a lighthouse at night.</p>"
    assert "\n\nAdvertising\n\nThe harbour was known" in text(section)
    assert "\n\nSee also\n\nThe tower" in text("<h2>See also</h2><p>The tower, which has stood here for long.</p>")


def test_a_list_of_dates_stays() -> None:
    """Dates are cut beside the title, and not where they are told; a time of day is no date."""
    assert text("", after="<p>10 p.m.</p>").endswith("10 p.m.")
    dates = "<ul><li>3 May 2023</li><li>10 May 2023</li><li>17 May 2023</li></ul>"
    assert text("", after=f"<p>The days of sailing</p>{dates}").endswith("3 May 2023\n10 May 2023\n17 May 2023")


def test_an_article_in_a_part_with_another_name_stays() -> None:
    """A part called "related" or "promo" that holds much of the text is the article."""
    sentences = "".join(f"<div class='promo'><p>{FIRST} And {n} ships lay still.</p></div>" for n in range(5))
    assert text(sentences).count("lay still.") == 5


def test_headings_that_link_to_themselves_stay() -> None:
    """A heading that is a link to its own place on the page leads nowhere else."""
    heads = "<h2 id='a'><a href='#a'>The people of the harbour</a></h2><h3 id='b'><a href='#b'>Who they were</a></h3>"
    assert "The people of the harbour\n\nWho they were" in text("", before=heads)


def test_a_section_named_by_its_heading_stays() -> None:
    """What a section is about does not make it something else than a part of the article."""
    more = "".join(f"<p>{FIRST} It was dark for {n} days.</p>" for n in range(5))
    section = "<section id='subscription'><h2>Subscription</h2><p>The bakers of the harbour pay yearly.</p></section>"
    assert "Subscription\n\nThe bakers of the harbour" in text(more, before=section)
    assert "bakers" not in text(more, before=section.replace(">Subscription<", ">The whole harbour for a crown<"))


def test_tables_and_code_stay() -> None:
    """Cells that are links, and lines of code, are no calls."""
    ships = "".join(f"<tr><td><a href='/{ship}'>{ship}</a></td></tr>" for ship in ("Sea Rose", "Ark"))
    assert "Ship\nSea Rose\nArk" in text("", after=f"<table><tr><th>Ship</th></tr>{ships}</table>")
    assert "print\nshare" in text("<pre><code>print\nshare</code></pre>")


def test_bubbles_are_cut() -> None:
    """What opens over a name when it is pointed at is no part of its sentence."""
    bubble = "<span class='hovercard-box'><a href='/1'>Reeve sails</a><a href='/2'>And so on</a></span>"
    name = f"<span class='hovercard'><a href='/m'>Tom Reeve</a>{bubble}</span>"
    inside = f"<p>The mayor, {name}, has known the harbour since he was a child.</p>"
    assert "The mayor, Tom Reeve, has known the harbour" in text(inside)


def test_a_page_of_links_is_kept() -> None:
    """Where there is no sentence nothing is cut for standing beside one."""
    page = f"<html><body><article><ul>{LINKS}</ul></article></body></html>"
    assert html.page(page.encode(), "a.html").text == "The lights of another town\nStorms and how they begin"


@given(st.lists(st.sampled_from([FIRST, LAST, "Share", "See also", "Read more: x", "3 May 2023", "\u200b", "x\ny"])))
def test_lines_are_cut_whole(blocks: list[str]) -> None:
    """What is left are lines of the text in their order, and a page that shows nothing of them loses none it has."""
    whole = "\n\n".join(blocks)
    left = boilerplate.cut(whole, {}, title=None)
    lines = iter(whole.split("\n"))
    assert all(line in lines for line in left.split("\n") if line)
    assert [x for x in left.split("\n") if x in (FIRST, LAST)] == [x for x in whole.split("\n") if x in (FIRST, LAST)]
