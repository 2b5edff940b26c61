"""What each measure says, in one line."""

from dataclasses import dataclass, replace
from typing import Literal

from qa.evaluation.runs import ARTICLES


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a measure is of, what it says, with {k} for the number after its @, and which end is good, if one is."""

    of: Literal["Articles", "Evidence", "Answers", "Confidence", "Other measures"]
    words: str
    better: Literal["higher", "lower", None] = "higher"


MEANINGS = {
    "nDCG": Meaning("Articles", "how high the relevant articles stand in the top {k}"),
    "R": Meaning("Articles", "share of the relevant articles that are in the top {k}"),
    "RR": Meaning("Articles", "1 / rank of the first relevant article, 0 where none is in the top {k}"),
    "P": Meaning("Articles", "share of the top {k} that is relevant"),
    "AP": Meaning("Articles", "average of the precision at each relevant article in the top {k}"),
    "Success": Meaning("Articles", "whether a relevant article is in the top {k}"),
    "Hits": Meaning("Evidence", "whether a passage in the top {k} holds a whole quote"),
    "HitMRR": Meaning("Evidence", "1 / rank of the first passage with a whole quote, 0 where none is in the top {k}"),
    "EvidenceRecall": Meaning("Evidence", "share of a question’s quotes that the top {k} passages hold"),
    "AllEvidence": Meaning("Evidence", "whether the top {k} passages hold all of a question’s quotes"),
    "AnswerInQuote": Meaning("Answers", "whether a sentence in the top {k} holds the answer, declined or not"),
    "QuotePrecision": Meaning("Answers", "share of the characters quoted that are evidence, where there are quotes"),
    "QuoteRecall": Meaning("Answers", "share of the characters of the evidence that are quoted, 0 when declined"),
    "QuoteF1": Meaning("Answers", "F1 of the characters quoted and those of the evidence, 0 when declined"),
    "CharactersPerQuote": Meaning("Answers", "how long one quotation is, in the questions that are answered", None),
    "CharactersPerAnswer": Meaning("Answers", "how much there is to read in an answer", None),
    "Declined": Meaning("Answers", "share of the questions that are not answered", None),
    "DeclinedAnswerable": Meaning("Answers", "share declined of the questions that the articles answer", "lower"),
    "DeclinedUnanswerable": Meaning("Answers", "share declined of the questions that the articles do not answer"),
    "AUROC": Meaning("Confidence", "chance that an answerable question has more confidence than one that is not"),
    "AURC": Meaning(
        "Confidence", "share of unanswerable questions among the n most confident, averaged over n", "lower"
    ),
}


def meaning(measure: str) -> Meaning:
    """Return what a measure means, whatever its parameters; one that is not known here has no words."""
    name, _, depth = measure.partition("@")
    known = MEANINGS.get(name.partition("(")[0], Meaning("Other measures", ""))
    return replace(known, words=known.words.format(k=depth or ARTICLES))
