"""Sentences and the questions made of them: good English that the span taken out answers, or nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.evaluation.wording import drafts

ORDINARY = frozenset(
    "the in on after researchers singer however ferries college critics according later construction".split()
)


class Known:
    """Knows which words that begin a sentence are ordinary, one person and one group."""

    def is_name(self, word: str) -> bool | None:
        """Tell a name by a list of what are none."""
        return word.lower() not in ORDINARY

    def is_person(self, name: str) -> bool:
        """Know one surname."""
        return name == "Lindqvist"

    def speaks(self, name: str) -> bool:
        """Know one group."""
        return name in ("Lindqvist", "Norrbank")


MADE = [
    # when
    (
        "Tessaro was founded in 1987 by two brothers from Lund.",
        "In which year was Tessaro founded by two brothers from Lund?",
        "1987",
    ),
    ("In 1987, Tessaro opened a factory near Lund.", "In which year did Tessaro open a factory near Lund?", "1987"),
    ("In 1987 Tessaro opened a factory near Lund.", "In which year did Tessaro open a factory near Lund?", "1987"),
    ("The Hven Bridge was opened on 4 May 1932, two years late.", "When was the Hven Bridge opened?", "4 May 1932"),
    (
        "Anna Berg won the Lund Prize on July 7, 2021, in Malmö.",
        "When did Anna Berg win the Lund Prize?",
        "July 7, 2021",
    ),
    (
        "Construction of the Hven Bridge began in March 1930.",
        "When did construction of the Hven Bridge begin?",
        "March 1930",
    ),
    ("Norrbank will close its last branch in Ystad in June 2031.", None, None),
    (
        "Norrbank will close the last branch in Ystad in June 2031.",
        "When will Norrbank close the last branch in Ystad?",
        "June 2031",
    ),
    ("The Treaty of Ystad was signed in the 17th century.", "When was the Treaty of Ystad signed?", "the 17th century"),
    ("Norrbank has been based in Ystad since 1954.", "Since when has Norrbank been based in Ystad?", "1954"),
    (
        "However, Tessaro moved to Ystad in 1999 and sold the factory.",
        "In which year did Tessaro move to Ystad?",
        "1999",
    ),
    (
        "The charter creating Lund College was granted in 1650.",
        "In which year was the charter creating Lund College granted?",
        "1650",
    ),
    # who
    ("Anna Berg wrote the first history of Hven.", "Who wrote the first history of Hven?", "Anna Berg"),
    (
        "Anna Berg, a teacher from Lund, wrote the first history of Hven.",
        "Who wrote the first history of Hven?",
        "Anna Berg",
    ),
    ("The Hven Bridge was designed by Anna Berg in 1930.", "Who designed the Hven Bridge in 1930?", "Anna Berg"),
    ("Lindqvist became the first mayor of Hven.", "Who became the first mayor of Hven?", "Lindqvist"),
    ("Maria Holm is the director of the Hven Museum.", "Who is the director of the Hven Museum?", "Maria Holm"),
    ("The director of the Hven Museum is Maria Holm.", "Who is the director of the Hven Museum?", "Maria Holm"),
    (
        "Maria Holm, the director of the Hven Museum, moved to Malmö.",
        "Who was the director of the Hven Museum?",
        "Maria Holm",
    ),
    ("Maria Holm was Lindqvist's first teacher.", "Who was Lindqvist's first teacher?", "Maria Holm"),
    ("Norrbank said that the ferries to Hven lose money.", "Who said that the ferries to Hven lose money?", "Norrbank"),
    (
        "Norrbank also acquired the ferries to Hven for $20 million.",
        "Who acquired the ferries to Hven for $20 million?",
        "Norrbank",
    ),
    ("Researchers at Lund University won the Hven Prize.", "Who won the Hven Prize?", "Researchers at Lund University"),
    # what and which
    (
        "Denmark occupied Hven until the peace of 1658.",
        "Which country occupied Hven until the peace of 1658?",
        "Denmark",
    ),
    ("The Treaty of Ystad ended the siege of Hven.", "Which treaty ended the siege of Hven?", "Treaty of Ystad"),
    (
        "Lund University owns the observatory on Hven.",
        "Which university owns the observatory on Hven?",
        "Lund University",
    ),
    ("Visby is the capital of Gotland.", "What is the capital of Gotland?", "Visby"),
    ("Norrbank acquired Tessaro in 2004.", "What did Norrbank acquire in 2004?", "Tessaro"),
    ("The town council of Ystad rejected the plan on Monday.", None, None),
    ("The town council of Ystad approved a new harbour in 1960.", None, None),
    ("Lindqvist published a novel in 1960.", "What did Lindqvist publish in 1960?", "a novel"),
    # where
    ("Anna Berg was born in Uppsala in 1901.", "Where was Anna Berg born in 1901?", "Uppsala"),
    ("Tessaro is based in Malmö, Sweden.", "Where is Tessaro based?", "Malmö, Sweden"),
    ("The Lund Congress took place in Gothenburg.", "Where did the Lund Congress take place?", "Gothenburg"),
    # how many, how much
    ("Norrbank has 40 branches in Skåne.", "How many branches does Norrbank have in Skåne?", "40"),
    (
        "Tessaro employs more than 1,200 people in Lund.",
        "How many people does Tessaro employ in Lund?",
        "more than 1,200",
    ),
    ("More than 300 ferries were built in Ystad.", "How many ferries were built in Ystad?", "More than 300"),
    ("Tessaro operates in 12 countries.", "In how many countries does Tessaro operate?", "12"),
    (
        "Lindqvist and Berg have been married for 18 years.",
        "For how many years have Lindqvist and Berg been married?",
        "18",
    ),
    (
        "Norrbank paid $20 million for the Hven ferries.",
        "How much did Norrbank pay for the Hven ferries?",
        "$20 million",
    ),
    (
        "Tessaro was sold to Norrbank for €3.5 billion in 2004.",
        "For how much was Tessaro sold to Norrbank in 2004?",
        "€3.5 billion",
    ),
    (
        "About 40% of voters in Lund supported Norrbank.",
        "What percentage of voters in Lund supported Norrbank?",
        "About 40%",
    ),
    ("Norrbank bought 30 percent of Tessaro in 2001.", None, None),
]

REFUSED = [
    "He was born in Uppsala in 1901 and died in Lund.",  # a pronoun
    "The company was founded in 1987 by Anna Berg.",  # which company?
    "This bridge was opened on 4 May 1932 by Anna Berg.",
    "It was Anna Berg who wrote the history of Hven.",
    "Its factory in Lund was opened in 1987.",
    "There were 40 ferries in Ystad in 1932.",
    "Was Tessaro founded in 1987 by Anna Berg?",  # a question
    "The Hven Bridge: A History of Boats and Ferries.",  # a heading
    "The Hven Bridge, built in 1932",  # no full stop
    "Founded in 1987 by Anna Berg in Lund.",  # a fragment
    "“Tessaro was founded in 1987,” said Anna Berg of Lund.",  # a quotation
    'Anna Berg called the bridge "a wonder of 1932" in Lund.',
    "Anna Berg has not visited Hven since 1932.",  # says that it is not so
    "Anna Berg never wrote a history of Hven in 1932.",
    "- Tessaro was founded in 1987 by Anna Berg.",  # a list
    "Tessaro makes boats, nets, sails and ropes in Lund.",
    "Last year Tessaro was sold to Norrbank for a song.",
    "Tessaro was sold to Norrbank on Monday for a song.",
    "Anna Berg opened the bridge that was built in 1932.",  # 1932 is not when she opened it
    "Critics of Tessaro grumbled in 1987 about the noise in Lund.",  # a verb that is not known
    "The factory that Tessaro built in 1987 was closed.",
    "Finland was put at 2 percent and Sweden at 1 percent.",  # a verb left out
    "Some of the ferries of Tessaro were sold in 1987.",
    "We visited Tessaro in 1987 with Anna Berg.",
    "See Tessaro for more at https://example.org in 1987.",
    "Tessaro did 12 things in 1987 for Lund.",
    "Anna Berg said she had been born in Uppsala in 1901.",  # who is she?
    "Tessaro et al. were cited in 1987 by Anna Berg.",
    "If Tessaro was founded in 1987, Norrbank is older.",
]


@pytest.mark.parametrize(("sentence", "question", "answer"), MADE)
def test_a_sentence_is_asked_for_what_it_says(sentence: str, question: str | None, answer: str | None) -> None:
    """One of the questions made of a sentence is this one, and this span of the sentence answers it."""
    made = {draft.text: sentence[draft.start : draft.end] for draft in drafts(sentence, Known())}
    assert question is None or made.get(question) == answer, made


@pytest.mark.parametrize("sentence", REFUSED)
def test_a_sentence_in_doubt_is_refused(sentence: str) -> None:
    """Nothing is asked of a sentence that leans on others or whose shape is not surely understood."""
    assert drafts(sentence, Known()) == []


@given(
    st.sampled_from(["Anna Berg", "The Hven Bridge", "Tessaro", "More than 40 ferries", "He", "Lindqvist, a poet,"]),
    st.sampled_from(["was built", "founded", "has won", "lives", "said", "is the mayor", "sold", "wrote", "employs"]),
    st.lists(st.sampled_from("in 1987|Lund|by Anna Berg|for $3 million|12 boats|and|, who|the|of Hven".split("|"))),
)
def test_answers_are_spans_and_questions_are_whole(subject: str, verb: str, rest: list[str]) -> None:
    """Whatever a sentence is, a question made of it starts with a capital, ends with its one mark and has its span."""
    sentence = f"{' '.join([subject, verb, *rest])}."
    for draft in drafts(sentence, Known()):
        assert 0 <= draft.start < draft.end <= len(sentence)
        assert draft.text[0].isupper()
        assert draft.text.endswith("?")
        assert draft.text.count("?") == 1
        assert "  " not in draft.text
