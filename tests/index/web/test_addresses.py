"""Which addresses may be asked for at all."""

from ipaddress import IPv4Address, IPv6Address, ip_network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.errors import ArticleError
from index.web.addresses import is_public, parse

BASE = parse("https://example.org/news/today?x=1")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("HTTP://Example.ORG", "http://example.org/"),
        ("https://example.org:443/a#b", "https://example.org/a"),
        ("http://example.org:8080/a?b=c d".replace(" ", "%20"), "http://example.org:8080/a?b=c%20d"),
        ("http://bücher.example/ä?ö=ü", "http://xn--bcher-kva.example/%C3%A4?%C3%B6=%C3%BC"),
        ("http://example.org./", "http://example.org/"),
        ("http://example.org/open/../secret/./x", "http://example.org/secret/x"),
        ("http://example.org/open/%2e%2e/secret", "http://example.org/secret"),
        ("http://[2001:DB8::1]:81/", "http://[2001:db8::1]:81/"),
        ("  http://example.org/\n", "http://example.org/"),
    ],
)
def test_addresses_are_written_in_one_way(written: str, meant: str) -> None:
    """What means the same is the same afterwards."""
    assert str(parse(written)) == meant


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("../b", "https://example.org/b"),
        ("?y=2", "https://example.org/news/today?y=2"),
        ("//other.example/c", "https://other.example/c"),
        ("http://other.example/d", "http://other.example/d"),
    ],
)
def test_relative_addresses_are_seen_from_their_page(written: str, meant: str) -> None:
    """A relative address is taken as a browser would."""
    assert str(parse(written, BASE)) == meant


@pytest.mark.parametrize(
    ("written", "word"),
    [
        ("file:///etc/passwd", "scheme 'file'"),
        ("gopher://example.org/", "scheme 'gopher'"),
        ("javascript:alert(1)", "scheme 'javascript'"),
        ("data:text/html,hello", "scheme 'data'"),
        ("example.org/a", "no scheme"),
        ("http://", "no host"),
        ("http://user:secret@example.org/", "password"),
        ("http://example.org@127.0.0.1/", "password"),
        ("http://2130706433/", "number"),
        ("http://0x7f000001/", "number"),
        ("http://0177.0.0.1/", "number"),
        ("http://127.1/", "number"),
        ("http://127.0.0.1.1/", "number"),
        ("http://[::1%25lo]/", "no IPv6 address"),
        ("http://[::1/", "no web address"),
        ("http://exa mple.org/", "white space"),
        ("http://example.org\\@127.0.0.1/", "backslash"),
        ("http://example.org/\r\nHost: x", "white space"),
        ("http://%31%32%37.0.0.1/", "host that cannot be"),
        ("http://a..b/", "host that cannot be"),
        ("http://example.org:99999/", "no web address"),
        ("http://example.org/" + "a" * 5000, "longer than"),
    ],
)
def test_what_is_never_followed(written: str, word: str) -> None:
    """An address of another kind, or one that two programs could read in two ways, is refused in a sentence."""
    with pytest.raises(ArticleError, match="; ") as error:
        parse(written)
    assert word in error.value.reason
    assert len(str(error.value)) < 500


@given(st.text(max_size=40))
def test_whatever_is_written_there(written: str) -> None:
    """Any text is an address that stays the same when it is read again, or refused."""
    for text in (written, f"http://{written}", f"http://example.org/{written}"):
        try:
            address = parse(text)
        except ArticleError:
            continue
        assert parse(str(address)) == address
        assert str(address).isascii()
        assert " " not in str(address)


@pytest.mark.parametrize("ip", ["93.184.215.14", "8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_public_addresses(ip: str) -> None:
    """Addresses of the public internet are allowed, also where an IPv6 address carries one."""
    assert is_public(ip)


@pytest.mark.parametrize(
    "network",
    [
        "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/29 192.168.0.0/16",
        "192.0.2.0/24 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4 255.255.255.255/32",
        "::/128 ::1/128 fe80::/10 fc00::/7 ff00::/8 fec0::/10 2001:db8::/32 2001::/32 100::/64 4000::/3",
    ],
)
@settings(max_examples=30)
@given(data=st.data())
def test_addresses_of_other_networks(network: str, data: st.DataObject) -> None:
    """No address of a special network is public, nor one of IPv6 that carries it."""
    block = ip_network(data.draw(st.sampled_from(network.split())))
    ip = block[data.draw(st.integers(0, block.num_addresses - 1))]
    assert not is_public(str(ip))
    if isinstance(ip, IPv4Address):
        for carrier in (0xFFFF << 32, 0, 0x64FF9B << 96, 0x2002 << 112):
            shift = 80 if carrier >> 112 else 0
            assert not is_public(str(IPv6Address(carrier | int(ip) << shift)))
