"""The page: views under a row of tabs, to ask the articles, to keep them, to measure the answers, and to embed it."""

from typing import Any

import gradio as gr

from ui.chat import asking, embed, evaluation, library
from ui.chat.base import EVENT, Desk, Views, read
from ui.chat.judging import Judge
from ui.http.rates import UNLIMITED, Rate
from ui.texts import Texts, load

_SANS = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "Helvetica Neue", "Noto Sans", "Arial", "sans-serif")
_MONO = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace")


def build(desk: Desk, views: Views = "all", rate: Rate = UNLIMITED) -> gr.Blocks:
    """Build the page for a pipeline that is loaded or still loading; the page shows which.

    With "ask" it has that view alone, and there is nothing in it that changes articles or measures; with "admin" it
    has all, and a way to log out. ``rate`` is how often one address may ask.
    """
    options = desk.options
    t = load(options.language)
    # What visitors upload and are given to download is deleted after an hour.
    blocks: gr.Blocks = gr.Blocks(
        title=options.title, analytics_enabled=False, fill_width=True, delete_cache=(600, 3600)
    )
    blocks.queue(api_open=False)  # nobody gets past the limits on how much runs at once
    # Until it is launched, which a page that is mounted never is, Gradio takes any file of the server for one that was
    # uploaded (processing_utils._check_allowed).
    blocks.has_launched = True
    judge = Judge(desk, t) if options.feedback is not None else None
    ask = asking.Page(desk, judge, t, views, rate)
    with blocks:
        if views == "ask":
            ask.build(blocks)
        else:
            _build_tabs(desk, ask, blocks, t)
    return blocks


def _build_tabs(desk: Desk, ask: asking.Page, blocks: gr.Blocks, t: Texts) -> None:
    """Put all views into the page."""
    options = desk.options
    with gr.Tabs(elem_id="views"):
        with gr.Tab(t("view_ask"), render_children=True):
            ask.build(blocks)
        with gr.Tab(t("view_library"), render_children=True) as tab:
            moved = library.Page(desk, t).build(tab)
        if options.measured is not None:
            with gr.Tab(t("view_evaluate"), render_children=True):
                evaluation.Page(desk, options.measured, t).build(blocks)
        with gr.Tab(t("view_embed"), render_children=True):
            embed.Page(desk, t).build()
        for event in moved:
            event.then(ask.refresh, [ask.talk], [ask.pane], queue=False, **EVENT)


def appearance(t: Texts) -> dict[str, Any]:
    """Return what Gradio takes when the page is mounted: its look, and nothing of Gradio's own around it."""
    # Gradio's own page says that it is in English, whatever it holds.
    told = f'document.documentElement.lang = "{t.language}"; document.documentElement.dir = "{t.direction}";'
    drop = f':root {{ --drop-words: "{t("add_files")}"; }}\n'
    return {
        "theme": gr.themes.Base(font=_SANS, font_mono=_MONO),
        # Not as css, which Gradio rewrites, cutting at every comma.
        "head": f"<style>{drop}{read('style.css')}\n{evaluation.style()}</style><script>{told}</script>",
        "footer_links": [],
        "run_history": False,
    }
