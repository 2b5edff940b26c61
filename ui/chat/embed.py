"""The view that writes what other sites put into their pages, with the widget beside it as they would have it."""

from collections.abc import Sequence
from typing import Any

import gradio as gr

from ui.chat.base import Desk, part, read
from ui.html import safe
from ui.texts import LANGUAGES, Texts

_MODES = ("panel", "inline", "frame")
_THEMES = ("auto", "light", "dark")


class Page:
    """What stands in the view; everything that happens there happens in the browser."""

    def __init__(self, desk: Desk, t: Texts) -> None:
        self.desk = desk
        self.t = t

    def build(self) -> None:
        """Put the view into the tab that is open."""
        with gr.Column(elem_id="embedding"):
            part(self._html(), "embed", script=read("copy.js") + read("embed.js"))

    def _html(self) -> str:
        t, origins = self.t, self.desk.options.origins
        allowed = t("origins_listed", origins=", ".join(origins)) if origins else t("origins_none")
        return (
            f"<header><h1>{safe(t('embed_title'))}</h1><p>{safe(t('embed_more'))}</p></header>"
            f'<div class="fields">{"".join(self._fields())}</div>'
            f'<h2>{safe(t("snippet"))}</h2><pre class="snippet" tabindex="0"><code></code></pre>'
            f'<p><button type="button" class="copy">{safe(t("copy"))}</button> <span class="said" role="status" '
            f'data-copied="{safe(t("copied"))}" data-refused="{safe(t("not_copied"))}"></span></p>'
            f'<p class="how">{safe(allowed)}</p>'
            f'<h2>{safe(t("preview"))}</h2><iframe title="{safe(t("preview"))}"></iframe>'
        )

    def _fields(self) -> Sequence[str]:
        t = self.t
        return (
            _select("mode", t("embed_mode"), [(mode, t(f"mode_{mode}")) for mode in _MODES]),
            _select("theme", t("embed_theme"), [(theme, t(f"theme_{theme}")) for theme in _THEMES]),
            _select("lang", t("embed_language"), [("", t("as_the_page")), *((code, code) for code in LANGUAGES)]),
            _input("heading", t("embed_heading")),
            _input("accent", t("embed_accent"), "color", "#8a1c1c"),
            _input("suggest", t("embed_suggest")),
        )


def _select(name: str, label: str, options: Sequence[tuple[str, str]]) -> str:
    items = "".join(f'<option value="{safe(value)}">{safe(words)}</option>' for value, words in options)
    return f'<label>{safe(label)}<select name="{name}">{items}</select></label>'


def _input(name: str, label: str, kind: str = "text", value: str = "") -> Any:
    return f'<label>{safe(label)}<input name="{name}" type="{kind}" value="{safe(value)}" maxlength="300"></label>'
