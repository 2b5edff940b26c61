"""What `quoth serve` does, from its settings to the server: it answers from an index, or from the demo collection until
somebody adds articles of their own."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from threading import Lock

import seeds
from index.index import Index
from qa.feedback import place
from qa.pipeline import Pipeline
from qa.settings import Settings, load
from qa.suggestions import suggest
from ui import texts
from ui.chat import server
from ui.chat.base import Options
from ui.demo import NAME, open_demo, open_index
from ui.http.access import access
from ui.http.public import WAITING, terms
from ui.http.rates import Places
from ui.lobby import Lobby
from ui.sources import watching


def serve(
    settings: Settings, lobby: Lobby, say: Callable[[str], object], *, named: bool, watched: bool = False
) -> None:
    """Serve the page where ``lobby`` listens until interrupted; ``say`` is told where and from what it answers.

    The demo is served where it was asked for, or where no index was ``named`` and there is none yet; whoever adds
    articles to it then makes an index of their own. The sources of an index that can be changed are ``watched`` if need
    be. Raises SettingsError where a public server would be unsafe, and
    IndexError_ where the index cannot be opened.
    """
    own_folder = None
    if str(settings.index) == NAME:
        own_folder = load().index
    elif not named and not settings.index.exists():
        own_folder = settings.index
    if own_folder:
        settings = settings.model_copy(update={"index": Path(NAME)})
    agreed = terms(settings)
    # The demo's index may have to be built first, another only has to be opened: what is wrong with it is said here.
    own: Index | None = None if own_folder else open_index(settings)
    turn, ending = Lock(), ExitStack()

    def kept_up(opened: Index) -> Index:
        if watched and opened.writable:
            ending.enter_context(watching(opened, say, turn))
        return opened

    def pipeline() -> Pipeline:
        opened = own or open_demo()
        opened.embedder.encode_question("warm up")  # loads the model, so that the first person need not wait
        return Pipeline(kept_up(opened), settings)

    def opened_own(before: Pipeline) -> Pipeline:
        changed = settings.model_copy(update={"index": own_folder})
        return Pipeline(kept_up(open_index(changed, create=True)), changed, before.reader)

    def announce(address: str) -> None:
        shown = "the demo collection" if own_folder else settings.index
        say(f"Quoth answers from {shown} on {address} (Ctrl-C ends it)")
        if settings.public:
            say(f"The articles are kept and measured at {address}admin/, with the admin_token")

    places = Places(WAITING) if settings.public else None
    replacing = {"own": opened_own if own_folder else None, "suggest": suggest, "places": places, "turn": turn}
    options = _options(settings, own_folder)
    with ending:
        server.serve(pipeline, lobby, options, access(settings), agreed, announce=announce, **replacing)


def _options(settings: Settings, own_folder: Path | None) -> Options:
    given = {texts.load(settings.language)("demo_questions"): seeds.questions()} if own_folder else {}
    own = place(settings.model_copy(update={"index": own_folder}), own_folder) if own_folder else None
    return Options(
        language=settings.language,
        examples=seeds.EXAMPLES if own_folder else (),
        measured=given if settings.evaluation_page else None,
        editable=settings.visitors_may_edit or settings.public,  # by the administrator, in a page of their own
        feedback=place(settings, settings.index),
        own_feedback=own,
        origins=settings.origins or (),
    )
