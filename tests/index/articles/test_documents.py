"""Documents of offices and books: what of them is text, and what they say of themselves."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.articles.flow import Flow
from index.types import Article
from tests.index.articles.packages import WORD, docx, epub, odt, zipped

Write = Callable[[str, bytes], Article]
Reason = Callable[[str, bytes], str]


def par(text: str, properties: str = "") -> str:
    """Return a paragraph of a Word document."""
    return f'<w:p><w:pPr>{properties}</w:pPr><w:r><w:t xml:space="preserve">{text}</w:t></w:r></w:p>'


def styles(content: str) -> dict[str, str | bytes]:
    """Return the part with the styles of a Word document."""
    return {"word/styles.xml": f'<w:styles xmlns:w="{WORD}">{content}</w:styles>'}


def test_word_properties(article: Write) -> None:
    """A Word document's own title, author and language are taken, and its day says that they are its properties'."""
    stated = (
        "<dc:title>The harbour</dc:title><dc:creator>Ines Aldan; Tom Reeve</dc:creator><dc:language>en-GB</dc:language>"
        '<dcterms:created xsi:type="dcterms:W3CDTF">2021-03-04T10:00:00Z</dcterms:created>'
        '<dcterms:modified xsi:type="dcterms:W3CDTF">2022-01-01T10:00:00Z</dcterms:modified>'
    )
    found = article("a.docx", docx(par("One."), stated))
    assert (found.title, found.authors, found.language) == ("The harbour", ("Ines Aldan", "Tom Reeve"), "en")
    assert (found.published, found.published_from) == ("2021-03-04T10:00:00Z", "document properties")


def test_word_template_is_no_date(article: Write) -> None:
    """The day and the author that a library writes into every document are not the document's."""
    stated = "<dc:creator>python-docx</dc:creator><dcterms:created>2013-12-23T23:15:00Z</dcterms:created>"
    found = article("a.docx", docx(par("One."), stated))
    assert (found.published, found.published_from, found.authors) == (None, None, ())


def test_word_blocks(article: Write) -> None:
    """Headings and paragraphs are blocks, items and rows are lines, a box and the notes come after what they are in."""
    listed = '<w:numPr><w:ilvl w:val="{}"/><w:numId w:val="{}"/></w:numPr>'
    box = f"<w:txbxContent>{par('In a box.')}</w:txbxContent>"
    box = f"<mc:Choice><wps:txbx>{box}</wps:txbx></mc:Choice><mc:Fallback>{box}</mc:Fallback>"
    cell = "<w:tc>{}</w:tc>"
    inner = f"<w:tbl><w:tr>{cell.format(par('x'))}{cell.format(par('y'))}</w:tr></w:tbl>"
    body = (
        par("A quiet year", '<w:pStyle w:val="Title1"/>')
        + f"<w:p><w:r><w:t>Boats</w:t></w:r><w:r><mc:AlternateContent>{box}</mc:AlternateContent></w:r>"
        + "<w:r><w:tab/><w:t>came</w:t><w:br/><w:t>late.</w:t></w:r></w:p>"
        + par("One", listed.format(0, 1))
        + par("Nested", listed.format(1, 2))
        + par("Two", listed.format(0, 1))
        + par("Other", listed.format(0, 3))
        + par("By style", '<w:pStyle w:val="Item"/>')
        + f"<w:tbl><w:tr>{cell.format(par('a'))}{cell.format(par('b') + par('c'))}</w:tr>"
        + f"<w:tr>{cell.format(par(''))}{cell.format(inner + par(''))}</w:tr></w:tbl>"
        + f"<w:tbl><w:tr>{cell.format(par('d'))}</w:tr></w:tbl>"
        + '<w:p><w:r><w:t>Last</w:t></w:r><w:r><w:footnoteReference w:id="1"/></w:r><w:r><w:t>.</w:t></w:r></w:p>'
    )
    said = styles(
        '<w:style w:styleId="Title1"><w:name w:val="Title"/></w:style>'
        '<w:style w:styleId="List"><w:pPr><w:numPr><w:numId w:val="3"/></w:numPr></w:pPr></w:style>'
        '<w:style w:styleId="Item"><w:name w:val="Item"/><w:basedOn w:val="List"/></w:style>'
    )
    said["word/footnotes.xml"] = (
        f'<w:footnotes xmlns:w="{WORD}"><w:footnote w:type="separator" w:id="0">{par("---")}</w:footnote>'
        '<w:footnote w:id="1"><w:p><w:r><w:footnoteRef/></w:r><w:r><w:t> A note.</w:t></w:r></w:p></w:footnote>'
        "</w:footnotes>"
    )
    found = article("a.docx", docx(body, parts=said))
    assert found.text.split("\n\n") == [
        *("A quiet year", "Boats came\nlate.", "In a box.", "One\nNested\nTwo", "Other\nBy style", "a | b c\n| x | y"),
        *("d", "Last.", "A note."),
    ]
    assert found.title == "A quiet year"


def test_word_unseen(article: Write) -> None:
    """What is deleted, moved away, hidden or made by a field's code is no text; what is inserted is."""
    run = '<w:r><w:rPr>{}</w:rPr><w:t xml:space="preserve">{}</w:t></w:r>'
    body = (
        "<w:p>"
        + run.format("", "Kept ")
        + "<w:del><w:r><w:delText>deleted </w:delText></w:r></w:del>"
        + f"<w:moveFrom>{run.format('', 'moved ')}</w:moveFrom>"
        + f"<w:ins>{run.format('', 'inserted ')}</w:ins>"
        + f"<w:sdt><w:sdtContent>{run.format('', 'controlled ')}</w:sdtContent></w:sdt>"
        + "<w:r><w:instrText>PAGE</w:instrText></w:r>"
        + run.format("<w:vanish/>", "hidden ")
        + run.format('<w:vanish w:val="0"/>', "shown ")
        + run.format('<w:rStyle w:val="Secret"/>', "secret ")
        + "</w:p>"
        + par("all secret", '<w:pStyle w:val="Secret"/>')
        + par("Contents ... 3", '<w:pStyle w:val="Toc1"/>')
        + par("One half ", "<w:rPr><w:del/></w:rPr>")
        + par("and the other.", '<w:pPrChange><w:pPr><w:pStyle w:val="Secret"/></w:pPr></w:pPrChange>')
        + par("The end.", "<w:rPr><w:del/></w:rPr>")
    )
    said = styles(
        '<w:style w:styleId="Secret"><w:name w:val="Secret"/><w:rPr><w:vanish/></w:rPr></w:style>'
        '<w:style w:styleId="Toc1"><w:name w:val="toc 1"/></w:style>'
    )
    found = article("a.docx", docx(body, parts=said))
    assert found.text == "Kept inserted controlled shown\n\nOne half and the other.\n\nThe end."


def test_open_document(article: Write) -> None:
    """An OpenDocument text gives what a Word document does, and its properties."""
    item = "<text:list-item><text:p>{}</text:p>{}</text:list-item>"
    row = "<table:table-row>{}</table:table-row>"
    cell = "<table:table-cell><text:p>{}</text:p></table:table-cell>"
    styled = (
        '<style:style style:name="T1" style:family="text"><style:text-properties text:display="none"/></style:style>'
        '<style:style style:name="T2" style:family="text"><style:text-properties/></style:style>'
    )
    body = (
        "<text:tracked-changes><text:changed-region><text:deletion><text:p>deleted</text:p></text:deletion>"
        "</text:changed-region></text:tracked-changes>"
        "<text:table-of-content><text:index-body><text:p>Contents 3</text:p></text:index-body></text:table-of-content>"
        '<text:h text:outline-level="1">The\n   tide</text:h>'
        '<text:p>It<text:s text:c="2"/>turns<text:note><text:note-citation>1</text:note-citation><text:note-body>'
        "<text:p>A note.</text:p></text:note-body></text:note> <text:span>twice</text:span><text:line-break/>a day."
        '<text:span text:style-name="T1">hidden</text:span><text:span text:style-name="T2"> Shown.</text:span>'
        "<office:annotation><text:p>a comment</text:p></office:annotation>"
        "<draw:frame><draw:text-box><text:p>In a box.</text:p></draw:text-box></draw:frame></text:p>"
        f"<text:list>{item.format('One', '<text:list>' + item.format('Nested', '') + '</text:list>')}"
        f"{item.format('Two', '')}</text:list>"
        f"<table:table>{row.format(cell.format('a') + cell.format('b'))}"
        f"{row.format(cell.format('') + cell.format('c'))}"
        '</table:table><text:section text:display="none"><text:p>hidden</text:p></text:section><text:p>Last.</text:p>'
    )
    meta = (
        "<dc:title>Tides</dc:title><meta:initial-creator>Ines Aldan</meta:initial-creator><dc:creator>Tom</dc:creator>"
        "<meta:creation-date>2021-03-04T10:00:00.123456789</meta:creation-date><dc:date>2022-01-01T00:00:00</dc:date>"
        "<dc:language>de-AT</dc:language>"
    )
    found = article("a.odt", odt(body, meta, styled))
    assert found.text.split("\n\n") == [
        *(
            "The tide",
            "It turns twice\na day. Shown.",
            "In a box.",
            "One\nNested\nTwo",
            "a | b\n| c",
            "Last.",
            "A note.",
        ),
    ]
    assert (found.title, found.authors, found.language) == ("Tides", ("Ines Aldan",), "de")
    assert (found.published, found.published_from) == ("2021-03-04T10:00:00", "document properties")
    assert article("b.odt", odt(body)).title == "The tide"


def test_book(article: Write) -> None:
    """A book is one article, whose places are what its table of contents names."""
    chapters = [
        "<h1>The tide</h1><p>It turns <b>twice</b> a\n day<a epub:type='noteref' href='#n'>1</a>."
        "<a href='#n2'><sup>2</sup></a></p>"
        "<ul><li>One</li><li><p>Two</p><ol><li>Three</li></ol></li></ul><div>Loose <p>inner</p> words</div>"
        "<table><tr><td>a</td><th>b<br/>c</th></tr><tr><td/><td>d</td></tr></table><pre>x\n  y</pre>"
        "<p hidden=''>no</p><p style='display: none'>no</p><script>no</script><nav>no</nav>",
        "<h1 id='s'>The storm</h1><p>It&nbsp;came, see p. <a href='#x'>7</a>.</p>"
        "<h2 id='e'>The end</h2><p>Last &amp; least.</p>",
    ]
    metadata = (
        "<dc:title>Tides</dc:title><dc:creator opf:role='aut'>Ines Aldan</dc:creator><dc:language>en-GB</dc:language>"
        "<dc:creator opf:role='ill'>No One</dc:creator><dc:creator id='t'>Tom Reeve</dc:creator>"
        "<meta refines='#t' property='role'>aut</meta><dc:publisher>Sea Press</dc:publisher>"
        "<dc:date opf:event='modification'>2022-01-01</dc:date><dc:date opf:event='publication'>2019-05-06</dc:date>"
    )
    contents = "<li><a href='c%200.xhtml'>The tide</a></li><li><a href='c%201.xhtml#s'>The storm</a>"
    contents += "<ol><li><a href='c%201.xhtml#e'>Its <i>end</i></a></li></ol></li>"
    found = article("a.epub", epub(chapters, metadata, contents))
    assert found.text.split("\n\n") == [
        *("The tide", "It turns twice a day.", "One\nTwo\nThree", "Loose", "inner", "words", "a | b c\n| d", "x\n  y"),
        *("The storm", "It\xa0came, see p. 7.", "The end", "Last & least."),
    ]
    places = [(place.label, found.text[place.start :].partition("\n")[0]) for place in found.locators]
    assert places == [("The tide", "The tide"), ("The storm", "The storm"), ("Its end", "The end")]
    assert (found.title, found.authors, found.language) == ("Tides", ("Ines Aldan", "Tom Reeve"), "en")
    assert (found.source, found.published, found.published_from) == ("Sea Press", "2019-05-06", "document properties")


def test_book_without_contents(article: Write) -> None:
    """Without a table of contents the chapters are numbered and named by their headings; a year alone is no date."""
    found = article("a.epub", epub(["<p>One.</p>", "<h2>The <i>storm</i></h2><p>Two."], "<dc:date>2019</dc:date>"))
    assert [(place.start, place.label) for place in found.locators] == [(0, "ch. 1"), (6, "ch. 2 The storm")]
    assert (found.title, found.published, found.published_from) == ("a", None, None)


def test_book_with_old_contents(article: Write) -> None:
    """The contents of books of the older version are read too."""
    points = "<navPoint><navLabel><text>Second</text></navLabel><content src='c%201.xhtml'/></navPoint>"
    ncx = f"<ncx xmlns='http://www.daisy.org/z3986/2005/ncx/'><navMap>{points}</navMap></ncx>"
    package = (
        '<package xmlns="http://www.idpf.org/2007/opf"><manifest><item id="toc" href="toc.ncx" '
        'media-type="application/x-dtbncx+xml"/><item id="a" href="c%200.xhtml" media-type="text/html"/>'
        '<item id="b" href="c%201.xhtml" media-type="application/xhtml+xml"/></manifest>'
        '<spine toc="toc"><itemref idref="a"/><itemref idref="b"/><itemref idref="toc"/></spine></package>'
    )
    parts: dict[str, str | bytes] = {"OPS/toc.ncx": ncx, "OPS/book.opf": package}
    found = article("a.epub", epub(["<p>One.</p>", "<p>Two.</p>"], parts=parts))
    assert [(place.start, place.label) for place in found.locators] == [(6, "Second")]


LAUGHS = "<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;'><!ENTITY c SYSTEM 'file:///etc/passwd'>]>"


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.docx", b"", "empty"),
        ("a.docx", b"words", "not a Word document"),
        ("a.docx", docx(par("One."))[:-30], "the end of the Word document"),
        ("a.docx", docx(""), "empty"),
        ("a.docx", zipped({"a.txt": "One."}), "not a Word document"),
        ("a.docx", docx("<w:p>"), "is no XML"),
        ("a.docx", docx(par("One."), parts={"word/styles.xml": LAUGHS + "<x>&b;</x>"}), "document type"),
        ("a.odt", zipped({"mimetype": "x", "a.txt": "One."}), "not a text document"),
        ("a.odt", odt("<text:p>One.</text:p>", parts={"META-INF/manifest.xml": "<encryption-data/>"}), "password"),
        ("a.epub", zipped({"a.txt": "One."}), "not a book"),
        ("a.epub", epub([]), "empty"),
        ("a.epub", epub(["<p>One.</p>"], parts={"META-INF/container.xml": "<container/>"}), "lists its chapters"),
        (
            "a.epub",
            epub(
                ["<p>One.</p>"],
                parts={"META-INF/encryption.xml": "<x><y:CipherReference xmlns:y='y' URI='OPS/c%200.xhtml'/></x>"},
            ),
            "DRM",
        ),
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "not a format Quoth reads: .doc; save it as .docx"),
        ("a.RTF", b"{\\rtf1 One.}", "save it as .docx"),
        ("a.xlsx", b"PK", "save it as .csv"),
    ],
)
def test_refusals(reason: Reason, name: str, data: bytes, words: str) -> None:
    """What cannot become an article is refused with its reason."""
    assert words in reason(name, data)


def test_entities_of_a_book(article: Write) -> None:
    """Entities that a chapter defines are neither read nor expanded."""
    chapter = LAUGHS + "<html><body><p>One &a; &b; &c; two &mdash; three.</p></body></html>"
    made = epub(["x"], parts={"OPS/c 0.xhtml": chapter})
    assert article("a.epub", made).text == "One two — three."


WORDS = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=9)
TREES = st.recursive(
    WORDS.map(lambda word: ("p", [word])),
    lambda inner: st.tuples(st.sampled_from(["box", "cell", "note", "p"]), st.lists(inner, max_size=3)),
    max_leaves=12,
)


def written(flow: Flow, tree: object) -> list[str]:
    """Write a tree of paragraphs, boxes, cells and notes into a flow, and return its words."""
    if isinstance(tree, str):
        flow.write(f" {tree} ")
        return [tree]
    assert isinstance(tree, tuple)
    kind, inner = tree
    flow.open_paragraph()
    if kind == "cell":
        flow.open_row()
    if kind != "p":
        flow.open_box()
    flow.open_paragraph()
    words = [word for child in inner for word in written(flow, child)]
    flow.close_paragraph(group=kind if kind == "cell" else None)
    if kind == "box":
        flow.close_box()
    elif kind == "note":
        flow.close_note()
    elif kind == "cell":
        flow.close_cell()
        flow.close_row("table")
    flow.close_paragraph()
    return words


@settings(suppress_health_check=list(HealthCheck))
@given(st.lists(TREES, max_size=5))
def test_no_word_is_lost(trees: list[object]) -> None:
    """Whatever stands inside of what, every word is in the text once."""
    flow = Flow()
    words = [word for tree in trees for word in written(flow, tree)]
    text, _ = flow.text()
    assert sorted(text.split()) == sorted(words)
    assert text == text.strip()
    assert "\n\n\n" not in text
