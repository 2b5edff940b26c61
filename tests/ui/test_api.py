"""The HTTP API, from the outside."""

import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import httpx2
import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from index.errors import CitationError, IndexDamaged, IndexLocked, SettingsError
from index.index import Index
from index.stores.base import Entry
from qa.feedback import REASONS, VERDICTS, Feedback
from qa.pipeline import Pipeline
from qa.settings import Settings, load
from qa.types import Answer
from tests.toy import ToyEmbedder, article
from ui.api import api
from ui.chat.base import Desk, Options
from ui.chat.server import serving
from ui.chat.talk import Answered
from ui.http.access import Access, access
from ui.http.asking import Memory
from ui.http.bodies import Verdict
from ui.http.doors import BODY
from ui.render import to_json

FERRY = article(
    "ferry",
    "The ferry to Hven costs 4 crowns. Dogs ride for nothing.",
    source="Island Post",
    published="2020-03-09",
    url="https://post.example/ferry",
)
TRAIN = article("train", "The train to Lund was late. Nobody knew why it was late.", url="javascript:alert(1)")
ODD = article("a/b?c=d#é", "An odd name. It has slashes.")
QUESTION = "What does the ferry to Hven cost?"
TOKEN = "a-long-enough-token"
ADMIN = {"Authorization": f"Bearer {TOKEN}"}
LISTED = "https://news.a.example"
OWN = "http://quoth.example:7860"

Make = Callable[..., TestClient]


@pytest.fixture
def pipeline() -> Pipeline:
    """Return a pipeline over three articles."""
    index = Index.in_memory(ToyEmbedder())
    index.add([FERRY, TRAIN, ODD])
    return Pipeline(index, Settings(threshold=0.3))


def desk(answerer: Any, options: Options | None = None, **replacing: Any) -> Desk:
    """Return a desk whose pipeline is loaded, or failed where an error is given."""
    loaded: Future[Any] = Future()
    if isinstance(answerer, Exception):
        loaded.set_exception(answerer)
    else:
        loaded.set_result(answerer)
    return Desk(loaded, options or Options(), **replacing)


def client(answers: Desk, given: Access | None = None, **more: Any) -> TestClient:
    """Return a client of the API that answers from a desk."""
    given = given or Access(origins=("https://*.a.example",), token=TOKEN)
    return TestClient(api(answers, given), base_url=OWN, raise_server_exceptions=False, **more)


@pytest.fixture
def api_client(pipeline: Pipeline) -> TestClient:
    """Return a client of an API with a token and a listed origin."""
    return client(desk(pipeline))


@contextmanager
def wire(pipeline: Pipeline, options: Options, given: Access) -> Iterator[httpx2.Client]:
    """Serve a page and its API for real, and yield a client of it."""
    with (
        serving(lambda: pipeline, "127.0.0.1", 0, options, given) as address,
        httpx2.Client(base_url=address, timeout=20, trust_env=False) as mine,
    ):
        while mine.get("/health").status_code != 200:
            time.sleep(0.01)
        yield mine


def told(response: Any, status: int) -> str:
    """Check that a response is a problem document and return its sentence."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["x-content-type-options"] == "nosniff"
    found = response.json()
    assert (found["type"], found["status"], bool(found["title"])) == ("about:blank", status, True)
    return str(found["detail"])


def events(response: Any) -> list[tuple[str, Any]]:
    """Return the names and values of server-sent events."""
    assert response.headers["content-type"].startswith("text/event-stream")
    blocks = [dict(line.split(": ", 1) for line in block.split("\n")) for block in response.text.strip().split("\n\n")]
    return [(block["event"], json.loads(block["data"])) for block in blocks]


def without_id(given: dict[str, Any]) -> dict[str, Any]:
    """Return the JSON of an answer as any other answer to that question has it."""
    return {**given, "id": ""}


def test_an_answer_is_the_json_of_the_command_line(api_client: TestClient, pipeline: Pipeline) -> None:
    """Every field is as `ask --json` gives it."""
    response = api_client.post("/api/v1/ask", json={"question": QUESTION})
    assert response.status_code == 200
    expected = json.loads(json.dumps(to_json(pipeline.ask(QUESTION))))
    assert without_id(response.json()) == without_id(expected)
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["referrer-policy"] == "no-referrer"


def test_a_question_leans_on_the_questions_before_it(api_client: TestClient, pipeline: Pipeline) -> None:
    """What is carried over is what it would be had they been answered, also from further back."""
    earlier = ["What about the train to Lund?", "Why was it late?"]
    asked = pipeline.turns(earlier[:1])
    third = pipeline.ask("And when was that?", [*asked, replace(asked[0], answer=pipeline.ask(earlier[1], asked))])
    response = api_client.post("/api/v1/ask", json={"question": "And when was that?", "turns": earlier})
    assert response.json()["searched_for"]["carried"] == list(third.searched_for.carried)
    assert {"train", "lund"} <= set(third.searched_for.carried)


def test_limits_are_kept(api_client: TestClient) -> None:
    """Sources and dates limit both what is answered and what is found."""
    limited = {"sources": ["island post"], "since": "2020", "until": "2020-12"}
    found = api_client.post("/api/v1/ask", json={"question": "late?", **limited}).json()
    assert (found["searched_for"]["sources"], found["searched_for"]["until"]) == (["Island Post"], "2020-12-31")
    assert {hit["doc_id"] for hit in found["hits"]} <= {"ferry"}
    hits = api_client.get("/api/v1/search", params={"q": "late", "source": "Island Post", "since": "2020"}).json()
    assert {hit["doc_id"] for hit in hits["hits"]} == {"ferry"}
    named = api_client.get("/api/v1/search?q=What+did+Island+Post+report%3F&everywhere=true").json()
    assert {hit["doc_id"] for hit in named["hits"]} > {"ferry"}


def test_passages_are_found(api_client: TestClient) -> None:
    """As many as are wanted, in the JSON of the command line."""
    found = api_client.get("/api/v1/search", params={"q": QUESTION, "k": 1}).json()
    assert (found["schema"], found["question"], len(found["hits"])) == (1, QUESTION, 1)
    assert set(found["hits"][0]) == {"passage_id", "doc_id", "title", "start", "end", "text", "score", "rank"}


def test_events_come_as_they_are_known(api_client: TestClient) -> None:
    """First what is searched for, then the hits, then the answer, which is the one without events."""
    asked = {"question": QUESTION, "turns": ["What about the train to Lund?"]}
    plain = api_client.post("/api/v1/ask", json=asked).json()
    response = api_client.post("/api/v1/ask", json=asked, headers={"Accept": "text/event-stream"})
    assert response.headers["cache-control"] == "no-store"
    found = events(response)
    assert [name for name, _ in found] == ["understood", "hits", "answer"]
    assert found[0][1] == plain["searched_for"]
    assert found[1][1] == plain["hits"]
    assert without_id(found[2][1]) == without_id(plain)


def test_an_event_holds_whatever_an_article_says(api_client: TestClient, pipeline: Pipeline) -> None:
    """Separators of lines that JSON leaves as they are do not tear an event apart."""
    text = "The tram to Skurup\u2028costs\x85 9 crowns.\r\nevent: answer\r\n\r\ndata: {}"
    pipeline.index.add([article("tram", text)])
    asked = {"question": "What does the tram to Skurup cost?"}
    response = api_client.post("/api/v1/ask", json=asked, headers={"Accept": "text/event-stream"})
    assert [name for name, _ in events(response)] == ["understood", "hits", "answer"]
    assert events(response)[1][1][0]["text"] == text


def test_an_event_says_what_is_wrong(api_client: TestClient, pipeline: Pipeline, monkeypatch: Any) -> None:
    """An error of ours is told as the command line tells it, another one without its words, but raised."""
    stream = {"Accept": "text/event-stream"}
    ((name, found),) = events(api_client.post("/api/v1/ask", json={"question": "\t"}, headers=stream))
    assert (name, found["status"]) == ("error", 422)
    assert found["detail"] == "the question is empty; ask for something that the articles may say"

    def broken(*given: Any, **more: Any) -> Answer:
        raise ValueError("secret")

    monkeypatch.setattr(pipeline, "ask", broken)
    with pytest.raises(ValueError, match="secret"):
        TestClient(api_client.app).post("/api/v1/ask", json={"question": "x"}, headers=stream)
    assert "secret" not in told(api_client.post("/api/v1/ask", json={"question": "x"}), 500)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"question": "x" * 1001}, "the question has 1,001 characters, at most 1,000 can be asked; shorten it"),
        ({"question": ""}, "the question is empty"),
        ({}, "`question` is missing"),
        ({"question": "x", "turns": ["y"] * 21}, "`turns` is too long, at most 20 are taken"),
        ({"question": "x", "turns": [""]}, "the question is empty"),
        ({"question": "x", "turns": [7]}, "`turns.0`: input should be a valid string"),
        ({"question": "x", "sources": ["Nobody"]}, "no article has the source 'Nobody'"),
        ({"question": "x", "since": "soon"}, "'soon' is no date; write it as 2023-07-11"),
        ({"question": "x", "since": "2021", "until": "2020"}, "give the earlier date as the first"),
        ({"question": "x", "answer": "y"}, "`answer` is not known here"),
        ({"question": "\ud800"}, "the question is empty"),
        ([], "the body must be a JSON object"),
    ],
)
def test_a_question_that_cannot_be_asked(api_client: TestClient, body: Any, said: str) -> None:
    """Each gets a sentence that says what to mend."""
    content = json.dumps(body).encode()
    response = api_client.post("/api/v1/ask", content=content, headers={"Content-Type": "application/json"})
    detail = told(response, 422)
    assert said in detail
    assert "pydantic" not in detail


def test_a_body_that_is_no_json(api_client: TestClient) -> None:
    """What a form or a slip of the pen sends gets a sentence too."""
    header = {"Content-Type": "application/json"}
    assert "not valid JSON" in told(api_client.post("/api/v1/ask", content="{", headers=header), 422)
    assert "Content-Type: application/json" in told(api_client.post("/api/v1/ask", content='{"question":"x"}'), 422)
    assert "JSON" in told(api_client.post("/api/v1/ask", content=b'"\xff"', headers=header), 400)
    assert "missing" in told(api_client.post("/api/v1/ask"), 422)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("", "`q` is missing"),
        ("q=", "the question is empty"),
        ("q=x&k=0", "`k`: input should be greater than or equal to 1"),
        ("q=x&k=101", "`k`: input should be less than or equal to 100"),
        ("q=x&k=many", "`k`"),
        ("q=x&until=2020-13", "is no date"),
        (f"q={'x' * 1001}", "1,001 characters"),
    ],
)
def test_a_search_that_cannot_be_made(api_client: TestClient, query: str, said: str) -> None:
    """Numbers out of range and dates that are none are refused."""
    assert said in told(api_client.get(f"/api/v1/search?{query}"), 422)


def test_the_list_of_articles(api_client: TestClient) -> None:
    """Articles are listed a page at a time, without texts, origins and addresses that are none of the web."""
    found = api_client.get("/api/v1/articles").json()
    assert (found["total"], len(found["articles"])) == (3, 3)
    assert [set(given) for given in found["articles"]] == [set(Entry.__dataclass_fields__)] * 3
    assert "origin" not in found["articles"][0]
    assert {given["url"] for given in found["articles"]} == {None, "https://post.example/ferry"}
    one = api_client.get("/api/v1/articles?limit=1&offset=1").json()
    assert one["articles"] == found["articles"][1:2]
    named = api_client.get("/api/v1/articles", params={"q": "island FERRY"}).json()
    assert [given["doc_id"] for given in named["articles"]] == ["ferry"]
    for query in ("limit=0", "limit=1001", "offset=-1", "offset=99999999999999999999"):
        told(api_client.get(f"/api/v1/articles?{query}"), 422)


def test_an_article_with_its_text(api_client: TestClient) -> None:
    """Its text comes with its hash; a span of it with its words."""
    found = api_client.get("/api/v1/articles/ferry").json()
    assert (found["text"], found["text_sha256"]) == (FERRY.text, FERRY.text_sha256)
    assert "cited" not in found
    assert "/articles/ferry.txt" not in json.dumps(found)
    cited = api_client.get("/api/v1/articles/ferry?start=4&end=9").json()["cited"]
    assert cited == {"start": 4, "end": 9, "quote": "ferry", "locator": None}
    for span in ("start=4", "end=4", "start=9&end=4", "start=0&end=1000", "start=4&end=4", "start=-1&end=3"):
        told(api_client.get(f"/api/v1/articles/ferry?{span}"), 422)
    assert "no article 'none'" in told(api_client.get("/api/v1/articles/none"), 404)
    assert api_client.get("/api/v1/articles/train").json()["url"] is None


def test_an_id_may_be_odd(api_client: TestClient) -> None:
    """Slashes and signs of addresses are part of an id when they are escaped."""
    address = "/api/v1/articles/a%2Fb%3Fc%3Dd%23%C3%A9"
    assert api_client.get(address).json()["doc_id"] == ODD.doc_id
    assert api_client.delete(address, headers=ADMIN).json() == {"schema": 1, "removed": [ODD.doc_id]}
    told(api_client.get(address), 404)


def test_articles_are_added_and_removed(api_client: TestClient) -> None:
    """The administrator adds one or several; the same again changes nothing, another text replaces it."""
    new = {"_id": "tram", "title": "Trams", "text": "The tram to Skurup costs 9 crowns.", "published": "2024-01-02"}
    added = api_client.post("/api/v1/articles", json=new, headers=ADMIN).json()
    assert (added["schema"], added["added"], added["sentences"]) == (1, ["tram"], 1)
    several = [new, {**new, "_id": 7, "authors": ["A. Berg"], "language": "en", "url": "https://a.example/7"}]
    again = api_client.post("/api/v1/articles", json=several, headers=ADMIN).json()
    assert (again["unchanged"], again["added"]) == (["tram"], ["7"])
    other = api_client.post("/api/v1/articles", json={**new, "text": "It costs 10."}, headers=ADMIN).json()
    assert other["replaced"] == ["tram"]
    found = api_client.get("/api/v1/articles/7").json()
    assert (found["authors"], found["language"], found["url"]) == (["A. Berg"], "en", "https://a.example/7")
    assert api_client.delete("/api/v1/articles/7", headers=ADMIN).json()["removed"] == ["7"]
    assert "no article '7'" in told(api_client.delete("/api/v1/articles/7", headers=ADMIN), 404)


def test_what_cannot_be_added_is_named(api_client: TestClient) -> None:
    """The rest is added, and nobody learns where another article came from."""
    given = [
        {"_id": "ferry", "text": "x"},
        {"_id": "a b", "text": "x"},
        {"_id": "c", "text": " "},
        {"_id": "d", "text": "Yes."},
    ]
    found = api_client.post("/api/v1/articles", json=given, headers=ADMIN).json()
    assert found["added"] == ["d"]
    assert [refusal["given"] for refusal in found["refused"]] == ["ferry", "a b", "c"]
    assert "/articles/" not in json.dumps(found)
    none = api_client.post("/api/v1/articles", json=given[1:2], headers=ADMIN).json()
    assert (none["added"], len(none["refused"])) == ([], 1)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "not valid JSON"),
        (b"[{]", "not valid JSON"),
        (b"7", "the body must be a JSON object"),
        (b'{"_id": "x"}', "`text` is missing"),
        (b'[{"_id": "x", "text": "y"}, {"_id": "x", "text": 7}]', "`1.text`: input should be a valid string"),
        (b'{"_id": "", "text": "y"}', "`_id`: it is empty"),
        (b'{"_id": "x", "text": "y", "origin": "z"}', "`origin` is not known here"),
        (b'{"_id": ' + b"9" * 5000 + b', "text": "y"}', "not valid JSON"),
    ],
)
def test_articles_that_are_none(api_client: TestClient, content: bytes, said: str) -> None:
    """Nothing is added where the body is not what was expected."""
    assert said in told(api_client.post("/api/v1/articles", content=content, headers=ADMIN), 422)
    assert api_client.get("/api/v1/articles").json()["total"] == 3


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/api/v1/articles"), ("DELETE", "/api/v1/articles/ferry"), ("GET", "/metrics")]
)
def test_only_the_administrator_may(pipeline: Pipeline, method: str, path: str) -> None:
    """Without a token, or with a wrong one, it is 401; where none is configured nobody may."""
    mine = client(desk(pipeline))
    for header in ({}, {"Authorization": "Bearer nope"}, {"Authorization": f"Basic {TOKEN}"}):
        response = mine.request(method, path, headers=header)
        assert "Authorization: Bearer" in told(response, 401)
        assert response.headers["www-authenticate"] == "Bearer"
    assert mine.request(method, path, headers={b"Authorization": b"Bearer \xe9\xff"}).status_code == 401
    assert "admin_token" in told(client(desk(pipeline), Access()).request(method, path, headers=ADMIN), 403)
    assert len(pipeline.index.entries()) == 3


def test_articles_that_cannot_be_changed(pipeline: Pipeline, tmp_path: Path, monkeypatch: Any) -> None:
    """An index that is read-only stays as it is; one that another process writes to is told without its place."""
    made = Index.create(tmp_path / "index", ToyEmbedder())
    made.add([FERRY])
    made.close()
    read_only = Index.open(tmp_path / "index", ToyEmbedder(), read_only=True)
    options = Options(feedback=tmp_path / "index" / "feedback.sqlite")
    mine = client(desk(Pipeline(read_only, Settings()), options))
    new = {"_id": "tram", "text": "The tram."}
    assert "cannot be added" in told(mine.post("/api/v1/articles", json=new, headers=ADMIN), 409)
    assert "cannot be changed" in told(mine.delete("/api/v1/articles/ferry", headers=ADMIN), 409)
    read_only.close()

    def locked(*given: Any, **more: Any) -> None:
        raise IndexLocked(f"another process writes to {tmp_path}/index; wait")

    monkeypatch.setattr(pipeline.index, "add", locked)
    detail = told(client(desk(pipeline, options)).post("/api/v1/articles", json=new, headers=ADMIN), 503)
    assert detail == "another process writes to …; wait"


def test_the_demo_gives_way_to_the_first_article(pipeline: Pipeline, tmp_path: Path) -> None:
    """Articles open the index of one's own, as on the page; what holds none does not."""
    demo = Index.create(tmp_path / "demo", ToyEmbedder())
    demo.close()
    shown = Pipeline(Index.open(tmp_path / "demo", ToyEmbedder(), read_only=True), Settings())
    answers = desk(shown, own=lambda before: pipeline)
    mine = client(answers)
    mine.post("/api/v1/articles", json={"_id": "a b", "text": "x"}, headers=ADMIN)
    assert answers.result() is shown
    assert mine.post("/api/v1/articles", json={"_id": "x", "text": "Yes."}, headers=ADMIN).json()["added"] == ["x"]
    assert answers.result() is pipeline
    shown.index.close()


def test_a_verdict_is_kept(pipeline: Pipeline, tmp_path: Path) -> None:
    """It is kept of the answer that was given, with the questions before it, whatever else the client says."""
    options = Options(feedback=tmp_path / "feedback.sqlite")
    mine = client(desk(pipeline, options))
    answer = mine.post("/api/v1/ask", json={"question": QUESTION, "turns": ["The train?"]}).json()
    said = {"id": answer["id"], "verdict": "down", "reasons": ["outdated"], "comment": "It is 5\nnow."}
    assert mine.post("/api/v1/feedback", json=said).json() == {
        "schema": 1,
        "id": answer["id"],
        "verdict": "down",
        "reasons": ["outdated"],
    }
    (row,) = Feedback(tmp_path / "feedback.sqlite").rows()
    assert (row.question, row.earlier, row.comment) == (QUESTION, ("The train?",), "It is 5 now.")
    assert (row.embedder, row.generation) == ("toy", pipeline.index.status().generation)
    assert mine.post("/api/v1/feedback", json={**said, "verdict": "up", "reasons": []}).status_code == 200
    assert [row.verdict for row in Feedback(tmp_path / "feedback.sqlite").rows()] == ["up"]


def test_a_verdict_that_cannot_be_kept(pipeline: Pipeline, tmp_path: Path) -> None:
    """Unknown answers, verdicts and reasons are refused, and all where verdicts are not kept."""
    mine = client(desk(pipeline, Options(feedback=tmp_path)))  # a folder, so it cannot be written
    answer = mine.post("/api/v1/ask", json={"question": QUESTION}).json()
    given = {"id": answer["id"], "verdict": "up"}
    assert "no answer with the id 'none'" in told(mine.post("/api/v1/feedback", json={**given, "id": "none"}), 404)
    for wrong in ({"verdict": "so"}, {"reasons": ["rude"]}, {"reasons": ["wrong"]}, {"comment": "x" * 2001}):
        told(mine.post("/api/v1/feedback", json={**given, **wrong}), 422)
    assert str(tmp_path) not in told(mine.post("/api/v1/feedback", json=given), 503)
    off = client(desk(pipeline, Options(feedback=tmp_path)), Access(feedback=False))
    assert told(off.post("/api/v1/feedback", json=given), 403) == "verdicts are not kept here"
    nowhere = client(desk(pipeline))
    id_ = nowhere.post("/api/v1/ask", json={"question": QUESTION}).json()["id"]
    told(nowhere.post("/api/v1/feedback", json={"id": id_, "verdict": "up"}), 403)


def test_what_can_be_said_is_what_is_kept() -> None:
    """The words that the API takes are those of the rooms below."""
    fields = Verdict.model_fields
    assert get_args(fields["verdict"].annotation) == VERDICTS
    assert get_args(get_args(fields["reasons"].annotation)[0]) == REASONS


def test_only_the_last_answers_are_remembered(pipeline: Pipeline) -> None:
    """The oldest is forgotten first."""
    memory, answers = Memory(2), [pipeline.ask("late train") for _ in range(3)]
    for answer in answers:
        memory.keep(Answered(answer.question, answer, (), pipeline, 1))
    assert [memory.find(answer.id) is not None for answer in answers] == [False, True, True]


def test_nothing_is_asked_before_all_is_loaded() -> None:
    """Until then, and where it cannot be, it is 503, and health says which."""
    waiting = client(Desk(Future(), Options()))
    for path in ("/api/v1/search?q=x", "/api/v1/articles", "/api/v1/articles/x"):
        response = waiting.get(path)
        assert "being loaded" in told(response, 503)
        assert response.headers["retry-after"] == "5"
    told(waiting.post("/api/v1/ask", json={"question": "x"}), 503)
    assert (waiting.get("/health").status_code, waiting.get("/health").json()) == (503, {"status": "loading"})
    assert waiting.get("/metrics", headers=ADMIN).status_code == 200
    failed = client(desk(IndexDamaged("the index in /home/me/news is damaged; add the articles again")))
    assert (failed.get("/health").status_code, failed.get("/health").json()) == (503, {"status": "failed"})
    detail = told(failed.post("/api/v1/ask", json={"question": "x"}), 503)
    assert detail == "the index in … is damaged; add the articles again"


def test_health_and_metrics(api_client: TestClient, pipeline: Pipeline) -> None:
    """Health says that all is well; the metrics count what was asked."""
    assert (api_client.get("/health").status_code, api_client.get("/health").json()) == (200, {"status": "ready"})
    for question in (QUESTION, "Xyzzy?", ""):
        api_client.post("/api/v1/ask", json={"question": question})
    api_client.post("/api/v1/ask", json={"question": " "}, headers={"Accept": "text/event-stream"})
    api_client.post("/api/v1/ask", json={})
    response = api_client.get("/metrics", headers=ADMIN)
    assert response.headers["content-type"].startswith("text/plain")
    values = dict(line.rsplit(" ", 1) for line in response.text.splitlines() if not line.startswith("#"))
    wanted = {
        "quoth_questions_total": 2,
        "quoth_declined_total": 1,
        "quoth_refused_total": 3,
        "quoth_answer_seconds_count": 2,
        "quoth_index_generation": pipeline.index.status().generation,
        "quoth_articles": 3,
    }
    assert {name: float(values[name]) for name in wanted} == wanted


def test_other_addresses(api_client: TestClient) -> None:
    """Whatever is below /api and unknown, or asked for in another way, is a problem document."""
    for path in ("/api", "/api/", "/api/v2/ask", "/api/v1/ask/", "/api/v1/"):
        assert "nothing at this address" in told(api_client.get(path), 404)
    for method, path in (("GET", "/api/v1/ask"), ("PUT", "/api/v1/articles"), ("DELETE", "/health")):
        response = api_client.request(method, path)
        assert "does not take" in told(response, 405)
        assert response.headers["allow"]


def test_bodies_are_limited(api_client: TestClient) -> None:
    """By what they say and, where they say nothing, by what they bring; articles may be larger."""
    large = json.dumps({"question": "x" * BODY}).encode()
    assert "64,000 bytes" in told(api_client.post("/api/v1/ask", content=large), 413)

    def pieces() -> Iterator[bytes]:
        yield from (large[i : i + 1000] for i in range(0, len(large), 1000))

    header = {"Content-Type": "application/json"}
    assert "64,000 bytes" in told(api_client.post("/api/v1/ask", content=pieces(), headers=header), 413)
    article = {"_id": "long", "text": "It is long. " * 10_000}
    assert api_client.post("/api/v1/articles", json=article, headers=ADMIN).json()["added"] == ["long"]
    headers = {"Content-Length": "16000001", **ADMIN}
    assert "16,000,000 bytes" in told(api_client.post("/api/v1/articles", content=b"", headers=headers), 413)
    assert told(api_client.post("/api/v1/articles", content=pieces()), 401)  # before anything of it is read


def test_the_rate_is_limited(pipeline: Pipeline) -> None:
    """Each address may ask so often; then it is told to wait, and others are not; health is asked at any rate."""
    given = Access(rate="2/minute", origins=(LISTED,))
    served = api(desk(pipeline), given)

    def ask(address: str) -> Any:
        mine = TestClient(served, base_url=OWN, client=(address, 1))
        return mine.get("/api/v1/search?q=ferry", headers={"Origin": LISTED})

    assert [ask("192.0.2.1").status_code for _ in range(2)] == [200, 200]
    response = ask("192.0.2.1")
    assert "at most 2 per 1 minute" in told(response, 429)
    assert 1 <= int(response.headers["retry-after"]) <= 60
    assert response.headers["access-control-allow-origin"] == LISTED
    assert ask("::ffff:192.0.2.1").status_code == 429
    assert ask("192.0.2.2").status_code == 200
    assert [ask(f"2001:db8::{n}").status_code for n in (1, 2, 3)] == [200, 200, 429]
    mine = TestClient(served, base_url=OWN, client=("192.0.2.1", 1))
    assert [mine.get("/health").status_code for _ in range(5)] == [200] * 5


def test_the_pages_of_one_site_have_their_share(pipeline: Pipeline) -> None:
    """However many readers a site has, and whoever asks without a page is not counted with it."""
    given = Access(site_rate="2/minute", origins=(LISTED,))
    served = api(desk(pipeline), given)

    def ask(number: int, headers: dict[str, str]) -> Any:
        return TestClient(served, base_url=OWN, client=(f"192.0.2.{number}", 1)).get(
            "/api/v1/search?q=ferry", headers=headers
        )

    assert [ask(n, {"Origin": LISTED}).status_code for n in range(1, 4)] == [200, 200, 429]
    assert "from this site" in told(ask(4, {"Origin": LISTED}), 429)
    assert ask(5, {}).status_code == 200


@pytest.mark.parametrize(("proxies", "expected"), [((), [200, 429]), (("127.0.0.0/8",), [200, 200])])
def test_only_trusted_proxies_say_who_asks(
    pipeline: Pipeline, proxies: tuple[str, ...], expected: Sequence[int]
) -> None:
    """Others may write what they like, and remain who they are."""
    with wire(pipeline, Options(), Access(rate="1/minute", proxies=proxies)) as mine:
        found = [mine.get("/api/v1/articles", headers={"X-Forwarded-For": f"198.51.100.{n}"}) for n in (1, 2)]
    assert [response.status_code for response in found] == expected


def test_listed_origins_may_use_the_api(api_client: TestClient) -> None:
    """Their pages may ask and read, without credentials; nobody else's may."""
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    preflight = api_client.options("/api/v1/ask", headers={"Origin": LISTED, **asked})
    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-origin"] == LISTED
    response = api_client.post("/api/v1/ask", json={"question": QUESTION}, headers={"Origin": LISTED})
    assert response.status_code == 200
    assert response.headers["access-control-allow-origin"] == LISTED
    assert "access-control-allow-credentials" not in response.headers
    refused = api_client.post("/api/v1/ask", json={}, headers={"Origin": LISTED})
    assert refused.headers["access-control-allow-origin"] == LISTED
    for path in ("/health", "/embed"):
        found = api_client.get(path, headers={"Origin": LISTED})
        assert "access-control-allow-origin" not in found.headers


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "https://a.example",
        "http://news.a.example",
        "https://news.a.example.evil.example",
        "https://evil.example/.a.example",
        "https://evila.example",
        "https://news.a.example:8443",
        "null",
        "",
        "http://quoth.example:81",
        "http://[",
    ],
)
def test_other_origins_may_not(api_client: TestClient, origin: str) -> None:
    """A request that may change something is refused; one that reads gets no leave to."""
    for method, path in (("POST", "/api/v1/ask"), ("DELETE", "/api/v1/articles/ferry"), ("OPTIONS", "/api/v1/ask")):
        response = api_client.request(method, path, headers={"Origin": origin, **ADMIN})
        assert "`origins`" in told(response, 403)
    found = api_client.get("/api/v1/articles", headers={"Origin": origin})
    assert "access-control-allow-origin" not in found.headers


def test_the_own_page_may_use_the_api(api_client: TestClient) -> None:
    """The server's own origin needs no listing, nor does who sends none."""
    # Some proxies leave the port out of the Host.
    for headers in ({"Origin": OWN}, {"Origin": "https://quoth.example", "Host": "quoth.example"}, {}):
        assert api_client.post("/api/v1/ask", json={"question": "x"}, headers=headers).status_code == 200


def test_the_page_and_the_api_have_their_own_doors(pipeline: Pipeline) -> None:
    """A listed origin may use the API of a page that can be edited, but not the page; other names use neither."""
    given = Access(origins=("https://*.a.example",), token=TOKEN)
    given, header = Access(origins=("https://*.a.example",), token=TOKEN), {"Origin": LISTED}
    with wire(pipeline, Options(editable=True), given) as mine:
        assert mine.post("/api/v1/ask", json={"question": "x"}, headers=header).status_code == 200
        assert mine.get("/widget.js", headers=header).headers["access-control-allow-origin"] == LISTED
        assert mine.post("/gradio_api/queue/join", json={}, headers=header).status_code == 403
        found = mine.get("/config", headers=header)
        assert found.headers.get("access-control-allow-origin") != LISTED
        assert found.status_code == 200
        other = {"Host": "evil.example:7860"}
        assert "'evil.example:7860'" in told(mine.get("/api/v1/articles", headers=other), 403)
        assert mine.get("/", headers=other).status_code == 403


def test_what_other_sites_put_into_their_pages(pipeline: Pipeline, tmp_path: Path, monkeypatch: Any) -> None:
    """The script may be kept, the page may stand in frames of listed origins; both are there only if shipped."""
    monkeypatch.setattr("ui.http.widget.files", lambda name: tmp_path)
    mine = client(desk(pipeline))
    told(mine.get("/widget.js"), 404)
    (tmp_path / "widget").mkdir()
    (tmp_path / "widget" / "widget.js").write_text("let é;", encoding="utf-8")
    (tmp_path / "widget" / "embed.html").write_text("<p>é", encoding="utf-8")
    script = mine.get("/widget.js", headers={"Origin": LISTED})
    assert (script.text, script.headers["content-type"]) == ("let é;", "text/javascript; charset=utf-8")
    assert script.headers["cache-control"] == "public, max-age=3600"
    assert script.headers["access-control-allow-origin"] == LISTED
    page = mine.get("/embed")
    assert (page.text, page.headers["content-type"]) == ("<p>é", "text/html; charset=utf-8")
    assert page.headers["content-security-policy"] == "frame-ancestors 'self' https://*.a.example"
    again = mine.get("/embed", headers={"If-None-Match": page.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["content-security-policy"]


def test_what_is_wrong_with_us_is_no_ones_fault(pipeline: Pipeline, monkeypatch: Any) -> None:
    """A quotation that is wrong is an error of the server's, told in its own words."""

    def wrong(*given: Any, **more: Any) -> Answer:
        raise CitationError("the quotation 1 is not in 'ferry'")

    monkeypatch.setattr(pipeline, "ask", wrong)
    found = told(client(desk(pipeline)).post("/api/v1/ask", json={"question": "x"}), 503)
    assert found == "the quotation 1 is not in 'ferry'"


def test_nobody_waits_for_an_answer_to_another(pipeline: Pipeline, monkeypatch: Any) -> None:
    """While a question is being answered, everything else goes on."""
    asked, answered = threading.Event(), threading.Event()
    ask = pipeline.ask

    def slow(*given: Any, **more: Any) -> Answer:
        asked.set()
        assert answered.wait(20)
        return ask(*given, **more)

    monkeypatch.setattr(pipeline, "ask", slow)
    with wire(pipeline, Options(), Access()) as mine, ThreadPoolExecutor() as threads:
        waiting = threads.submit(mine.post, "/api/v1/ask", json={"question": QUESTION})
        assert asked.wait(20)
        assert mine.get("/health").status_code == 200
        assert mine.get("/api/v1/articles").status_code == 200
        assert not waiting.done()
        answered.set()
        assert waiting.result().status_code == 200


def test_the_settings_say_who_may(monkeypatch: Any) -> None:
    """Lists may be one text, as in the environment; a token is not told to anybody."""
    monkeypatch.setenv("QUOTH_ORIGINS", "https://a.example, https://*.b.example")
    found = access(Settings(rate="none", trusted_proxies=("10.0.0.0/8",), admin_token=TOKEN, api_feedback=False))
    origins = ("https://a.example", "https://*.b.example")
    assert found == Access(origins, "", "600/minute", ("10.0.0.0/8",), TOKEN, False)
    assert TOKEN not in repr(found)
    assert access(Settings()).rate == "60/minute"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"origins": "https://a.example/path"}, "no origin"),
        ({"origins": "*"}, "no origin"),
        ({"origins": "https://*.*.example"}, "no origin"),
        ({"rate": "often"}, "rate"),
        ({"rate": "0/minute"}, "rate"),
        ({"trusted_proxies": "proxy.example"}, "trusted_proxies"),
        ({"admin_token": "too short"}, "16 or more"),
    ],
)
def test_a_setting_that_is_wrong_is_named(wrong: dict[str, str], said: str) -> None:
    """What no browser would send, nobody could mean and anybody could guess is refused; a token is never shown."""
    with pytest.raises(SettingsError, match=said) as error:
        load(**wrong)
    assert "too short" not in str(error.value)


@pytest.mark.parametrize("mode", [*GenerationMode])
def test_the_document_is_true(pipeline: Pipeline, tmp_path: Path, mode: GenerationMode) -> None:
    """Whatever the document allows or forbids, no answer is an error of the server's or other than documented."""
    served = api(desk(pipeline, Options(feedback=tmp_path / "feedback.sqlite")), Access(token=TOKEN))
    checks = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
    found = schemathesis.openapi.from_asgi("/api/v1/openapi.json", served)
    operations = [result.ok() for result in found.get_all_operations() if isinstance(result, Ok)]
    assert len(operations) == 11
    for operation in operations:
        if mode.is_negative and operation.path in ("/health", "/metrics", "/widget.js", "/embed"):
            continue  # there is nothing to get wrong

        @settings(max_examples=60, database=None, suppress_health_check=[*HealthCheck])
        @given(operation.as_strategy(generation_mode=mode))
        def check(case: schemathesis.Case[Any]) -> None:
            case.call_and_validate(headers=ADMIN, checks=checks)

        check()
