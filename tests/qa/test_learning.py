"""How a network learns to read."""

import io
import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from index.errors import ModelError
from qa.reader import teacher
from qa.reader.examples import Example
from qa.reader.learning import Item, Round, batches, fit, keep, kept, logits_of
from qa.reader.network import Encoded

CLS, SEP, ANSWER = 1, 2, 9


def item(passage: list[int], *places: tuple[int, int], loose: bool = False) -> Item:
    """Return a question of one token and a passage as an item."""
    ids = [CLS, 5, SEP, *passage, SEP]
    return Item(Encoded(ids, 3, 3, 3 + len(passage), []), places, loose)


class Toy(torch.nn.Module):
    """Sees of a sequence each token, and what stands in it anywhere."""

    bert: Any

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.bert = torch.nn.ModuleDict({"embeddings": torch.nn.Embedding(12, 16)})
        self.layer = torch.nn.Linear(32, 16)
        self.head = torch.nn.Linear(16, 2)

    def forward(self, ids: Any, types: Any, mask: Any) -> Any:
        """Return logits (sequences, tokens, 2)."""
        states = self.bert["embeddings"](ids)
        around = (states * mask[..., None]).sum(1, keepdim=True).expand_as(states)
        return self.head(torch.tanh(self.layer(torch.cat([states, around], -1))))


ITEMS = [item([3, 4, ANSWER, 6], (5, 5)), item([ANSWER, 7, 8], (3, 3)), item([3, 4, 6]), item([7, 8, 3, 4])] * 8


def learnt(module: Any, logits: Any = None, **how: Any) -> list[float]:
    """Train and return the losses that were logged."""
    log = io.StringIO()
    fit(module, ITEMS, Round(rate=0.05, tokens=40, **how), log, logits)
    return [json.loads(line)["loss"] for line in log.getvalue().splitlines()]


def test_it_learns_where_the_answer_is_and_where_none_is() -> None:
    """After some passes the likeliest begin is the answer's, and that of a passage without one the first token."""
    module = Toy()
    before = module.bert["embeddings"].weight.detach().clone()
    losses = learnt(module, passes=40)
    assert losses[-1] < losses[0] / 4
    first = [int(logits[:, 0].argmax()) for logits in logits_of(module, ITEMS[:4])]
    assert first == [5, 3, 0, 0]
    assert torch.equal(before, module.bert["embeddings"].weight)  # the embeddings stay as they are


def test_it_learns_what_a_teacher_thinks() -> None:
    """With a teacher alone, its probabilities are followed and not the examples' own answers."""
    module = Toy()
    taught = [np.zeros((len(i.encoded.ids), 2), np.float16) for i in ITEMS]
    for each in taught:
        each[3] = 8  # the passage's first token, always
    learnt(module, taught, passes=40, taught=1.0)
    assert {int(logits[:, 0].argmax()) for logits in logits_of(module, ITEMS[:4])} == {3}


def test_the_loss_of_logits_that_know_nothing() -> None:
    """It is the logarithm of the number of places where an answer may begin or end: the passage's, and [CLS]."""
    module = Toy()
    torch.nn.init.zeros_(module.head.weight)
    torch.nn.init.zeros_(module.head.bias)
    log = io.StringIO()
    fit(module, [item([3, 4, ANSWER], (5, 5))], Round(rate=0.0), log)
    assert json.loads(log.getvalue())["loss"] == round(math.log(4), 4)
    log = io.StringIO()
    fit(module, [item([3, 4, ANSWER], (3, 4), loose=True)], Round(rate=0.0), log)
    assert json.loads(log.getvalue())["loss"] == round(math.log(4 / 2), 4)  # any part of it is right


def test_only_some_examples_have_a_teacher() -> None:
    """The others go by their own answers."""
    module = Toy()
    wrong = np.zeros((12, 2), np.float16)
    wrong[3] = 8
    taught = [wrong[: len(i.encoded.ids)] if n % 4 == 2 else None for n, i in enumerate(ITEMS)]
    learnt(module, taught, passes=40, taught=1.0)
    begins = [logits[:-1, 0] for logits in logits_of(module, ITEMS[:4])]
    for row in begins:
        row[1:3] = -100  # of the question
    assert [int(row.argmax()) for row in begins] == [5, 3, 3, 0]


def test_the_loss_over_a_question_s_passages() -> None:
    """Of two passages that are thought as likely to answer, the right one costs the logarithm of two more."""
    module = Toy()
    torch.nn.init.zeros_(module.head.weight)
    torch.nn.init.zeros_(module.head.bias)
    pair = [item([3, 4, ANSWER], (5, 5)), item([3, 4, 6])]
    single, compared = ([replace(each, question=number) for each in pair] for number in (-1, 0))
    for items, more in ((single, 0.0), (compared, 0.5 * math.log(2))):
        log = io.StringIO()
        fit(module, items, Round(rate=0.0, compared=0.5, without=0.5), log)
        assert json.loads(log.getvalue())["loss"] == pytest.approx(math.log(4) + more, abs=1e-3)


@given(st.lists(st.integers(0, 4), max_size=40), st.integers(0, 5))
def test_the_passages_of_a_question_are_in_one_batch(questions: list[int], seed: int) -> None:
    """However many tokens they have together."""
    how = Round(rate=0, tokens=100, pool=3, seed=seed)
    made = list(batches([30] * len(questions), how, questions))
    assert sorted(i for batch in made for i in batch) == list(range(len(questions)))
    for question in set(questions):
        assert sum(any(questions[i] == question for i in batch) for batch in made) == 1


@given(st.lists(st.integers(1, 60), max_size=60), st.integers(1, 3), st.integers(0, 5))
def test_batches_hold_each_example_once_a_pass(lengths: list[int], passes: int, seed: int) -> None:
    """No batch has more tokens than it may, padding counted, but for single examples that are longer."""
    how = Round(rate=0, tokens=100, pool=8, passes=passes, seed=seed)
    made = list(batches(lengths, how))
    assert sorted(i for batch in made for i in batch) == sorted(list(range(len(lengths))) * passes)
    assert all(len(batch) == 1 or max(lengths[i] for i in batch) * len(batch) <= 100 for batch in made)
    assert made == list(batches(lengths, how))


def test_items_are_read_as_they_were_kept(tmp_path: Path) -> None:
    """What was written to a file comes back."""
    items = [*ITEMS[:4], replace(item([3] * 300, (10, 20), (30, 31), loose=True), question=7)]
    keep(items, tmp_path / "items.npz")
    assert kept(tmp_path / "items.npz") == items


@pytest.mark.model
def test_examples_as_tokens() -> None:
    """The places of an answer are the tokens that spell it; one that was cut off has none."""
    from index.embedding import embedded_folder
    from qa.reader.network import Encoder
    from qa.reader.train import items

    text = "The Hven Bridge was built by Anna Berg."
    start = text.index("Anna")
    long = "Nothing. " * 400 + text
    made = [
        Example("Who built it?", "Bridges", text, ((start, start + 9),)),
        Example("Who built it?", "", long, ((len(long) - 10, len(long) - 1),)),
    ]
    short, cut = items(made, embedded_folder())
    ((first, last),) = short.places
    encoder = Encoder(embedded_folder())
    assert short.encoded.ids[first : last + 1] == encoder([("", "", "Anna Berg")])[0].ids[2:-1]
    assert cut.places == ()


def test_another_model_is_no_teacher(tmp_path: Path) -> None:
    """A folder without the published weights is refused by name."""
    with pytest.raises(ModelError, match="does not hold the published all-mpnet-base-v2"):
        teacher.make(tmp_path, tmp_path / "tokenizer.json")
    (tmp_path / "model.safetensors").write_bytes(b"else")
    with pytest.raises(ModelError, match="does not hold"):
        teacher.make(tmp_path, tmp_path / "tokenizer.json")
