"""Encodings."""

import codecs
from collections.abc import Callable
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.articles import charset
from index.errors import ArticleError
from index.types import Article

Write = Callable[[str, bytes], Article]
Reason = Callable[[str, bytes], str]

TEXTS = {
    "en": "The harbour master’s report – “a quiet year” – was read out in the hall. Nobody didn’t cheer.",
    "de": "Das Café heißt „Süd“ und hat viele Stühle. Über der Tür hängt ein Schild, und die Gäste kommen früh.",
    "fi": "Kalastajat palasivat myöhään, koska tuuli oli kova. Satamassa ei ollut ketään, yö oli pimeä ja märkä.",
    "fr": "Le café est fermé l’été. Les élèves ont déjà passé l’examen à l’école, et la forêt est très calme.",
    "pl": "Zażółć gęślą jaźń. Wczoraj rybacy wrócili późno, ponieważ wiał silny wiatr, a łódź była ciężka.",
    "cs": "Přístav byl dlouho prázdný. Když přišla bouře, rybáři už seděli u stolu a čekali na večeři.",
    "uk": "Рибалки повернулися пізно, бо дув сильний вітер. У гавані було тихо, і ніхто їх не чекав.",
    "ru": "Рыбаки вернулись поздно, потому что дул сильный ветер. В гавани было тихо, и никто их не ждал.",
    "el": "Οι ψαράδες γύρισαν αργά, γιατί φυσούσε δυνατός άνεμος. Στο λιμάνι δεν τους περίμενε κανείς.",
    "tr": "Balıkçılar geç döndü, çünkü güçlü bir rüzgâr esiyordu. Limanda kimse onları beklemiyordu, şehir uyuyordu.",
    "ja": "漁師たちは強い風のために遅く帰ってきた。港は静かで、誰も待っていなかった。",
    "zh": "渔民们因为大风很晚才回来。港口很安静，没有人在等他们。第二天早上，风停了。",
    "tw": "漁民們因為大風很晚才回來。港口很安靜，沒有人在等他們。第二天早上，風停了。",
    "ko": "어부들은 강한 바람 때문에 늦게 돌아왔다. 항구는 조용했고 아무도 그들을 기다리지 않았다.",
}
WRITTEN = [
    *(("en", "cp1252", "windows-1252"), ("de", "cp1252", "windows-1252"), ("fr", "cp1252", "windows-1252")),
    *(("pl", "iso8859-2", "ISO-8859-2"), ("pl", "cp1250", "windows-1250"), ("cs", "iso8859-2", "ISO-8859-2")),
    *(("uk", "cp1251", "windows-1251"), ("uk", "koi8-u", "KOI8-U"), ("ru", "cp1251", "windows-1251")),
    *(("ru", "koi8-r", "KOI8-R"), ("ru", "cp866", "code page 866"), ("el", "cp1253", "windows-1253")),
    *(("tr", "cp1254", "windows-1254"), ("ja", "shift_jis", "Shift JIS"), ("ja", "euc_jp", "EUC-JP")),
    *(("ja", "iso2022_jp", "ISO-2022-JP"), ("zh", "gb18030", "GB 18030"), ("tw", "big5", "Big5")),
    *(("ko", "euc_kr", "EUC-KR"), ("de", "mac-roman", "Mac OS Roman"), ("fi", "cp850", "code page 850")),
    *(("en", "utf-16-le", "UTF-16"), ("uk", "utf-16-be", "UTF-16"), ("ja", "utf-16-le", "UTF-16")),
]


@pytest.mark.parametrize(("language", "codec", "name"), WRITTEN)
@pytest.mark.parametrize("times", [1, 400])
def test_a_few_sentences_are_enough(article: Write, language: str, codec: str, name: str, times: int) -> None:
    """A text in any common encoding is read letter by letter, and its encoding is stated, be it short or long."""
    # Lines in ASCII alone, as many as come, tell nothing and change nothing.
    text = "Plain words.\n" * times * 10 + f"{TEXTS[language]}\n" * times
    found = article("a.txt", text.encode(codec))
    assert found.text == text
    assert found.note.startswith(f"read as {name}, ")


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("language", TEXTS)
def test_what_states_itself_is_no_guess(article: Write, codec: str, language: str) -> None:
    """UTF-8, and UTF-16 with a mark, are never guessed about, and nothing is said of them."""
    found = article("a.txt", f"{TEXTS[language]}\r\nx".encode(codec))
    assert (found.text, found.note) == (f"{TEXTS[language]}\nx", "")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"caf\xe9", "not UTF-8 at byte 3; convert the file to UTF-8"),
        ("Price: £5".encode("cp1252"), "no other encoding is certain"),
        ("è una prova".encode("cp1252"), "no other encoding is certain"),
        (bytes(range(1, 256)) * 50, "no other encoding is certain"),
        (bytes(range(256)) * 50, "NUL"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\1\0\0\0\1\0" * 20, "a PNG picture"),
        (b"\x8fELF\2\1\1" + b"\0" * 50 + b"\3\0>\0\1\0\0\0", "NUL"),
        ((TEXTS["de"] * 9).encode()[:-40] + b"\xe9 " + TEXTS["fr"].encode(), "not UTF-8 at byte"),
        ("Plain words. " * 9 + "Zwölf!".encode("utf-16-le").decode("latin-1") + "!", "NUL"),
        (b"Plain words. " * 99 + b"\0", "NUL"),
        # Nothing fits it, of which the detector would warn whoever looks at the terminal.
        (b'text,id\n\xc3\xa9"\x001 ;"\n11""a1\x00a\n', "NUL"),
        (TEXTS["de"].encode("cp1252") + b"\x81", "not UTF-8"),
    ],
)
def test_what_is_uncertain_is_refused(reason: Reason, data: bytes | str, words: str) -> None:
    """A word or two, damaged UTF-8 and what is no text are refused rather than guessed."""
    assert words in reason("a.txt", data if isinstance(data, bytes) else data.encode("latin-1"))


def test_a_change_of_encoding_is_refused(reason: Reason) -> None:
    """A text that does not go on in the encoding that it began in is refused."""
    data = (TEXTS["ja"] + "\n").encode("shift_jis") * 3000 + b"\x81\x20\n"
    assert "as its beginning is; convert" in reason("a.txt", data)


def test_markdown_is_decoded_like_text(article: Write) -> None:
    """Markdown in another encoding is read with its front matter, and that is stated."""
    found = article("a.md", f"---\ntitle: Łódź\n---\n# {TEXTS['pl']}".encode("cp1250"))
    assert (found.title, found.text) == ("Łódź", TEXTS["pl"])
    assert "windows-1250" in found.note


@given(st.text(st.characters(exclude_categories=["Cs"])), st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]))
def test_utf_is_utf(text: str, codec: str) -> None:
    """Whatever is valid UTF-8 is read as that, and what has a mark as UTF-16."""
    data = codecs.BOM_UTF8 + text.encode() if codec == "utf-8-sig" else text.encode(codec)
    if "\x1b$" not in text and ("\0" not in text or codec == "utf-16"):
        assert charset.of(BytesIO(data), "x") == ("utf-16" if codec == "utf-16" else "utf-8-sig", "")


@given(st.binary())
def test_whatever_the_bytes_are(data: bytes) -> None:
    """Any bytes are text without control characters, or a refusal."""
    try:
        text, note = charset.text(data, "x")
    except ArticleError:
        return
    assert not note or not set(text) & {"\0", "\x07", "\ufffd"}
