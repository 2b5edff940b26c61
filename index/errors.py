"""Every error that Quoth raises on purpose.

    QuothError
    ├── ArticleError            a file or row that cannot become an article
    │   └── AddressClosed       an address that is not for programs, or not for everybody
    ├── IndexError_             an index folder that cannot be used as asked
    │   ├── IndexMissing        no index there
    │   ├── IndexLocked         another process is writing to it
    │   ├── IndexDamaged        what is on disk does not agree with itself
    │   ├── IndexVersion        written by another version of Quoth
    │   └── EmbedderMismatch    built with another embedding model
    ├── SourceError             a folder, page or feed that cannot be looked at again
    ├── ModelError              a model that is missing, damaged or of the wrong kind
    ├── FilterError             a source or date limit that cannot be understood
    ├── QuestionError           a question that cannot be asked
    ├── CitationError           a quotation that is not in the article it names
    ├── ConversationError       a saved conversation that cannot be read
    ├── FeedbackError           what people say of answers cannot be kept, read or used
    ├── SettingsError           a setting that is unknown or has a wrong value
    └── CollectionError         an evaluation collection, run or result that cannot be used
        └── MeasureError        a measure that is unknown, or not there

A message says what was given, what was expected and what to do next.
"""


class QuothError(Exception):
    """The base of all of them: catch this to show a person one sentence instead of a traceback."""


class ArticleError(QuothError):
    """A file or row that cannot become an article; ``given`` names it, ``reason`` says why."""

    def __init__(self, given: str, reason: str) -> None:
        super().__init__(f"{given}: {reason}")
        self.given = given
        self.reason = reason


class AddressClosed(ArticleError):
    """An address that is not for programs, or not for everybody: to try it again makes no difference."""


class IndexError_(QuothError):
    """An index folder that cannot be used as asked."""


class IndexMissing(IndexError_):
    """There is no index in the folder named."""


class IndexLocked(IndexError_):
    """Another process is writing to the index."""


class IndexDamaged(IndexError_):
    """What is on disk does not agree with itself and cannot be derived again."""


class IndexVersion(IndexError_):
    """The index was written in a format that this version does not read."""


class EmbedderMismatch(IndexError_):
    """The index was built with another embedding model than the one at hand."""


class SourceError(QuothError):
    """A source that cannot be looked at, or is none."""


class ModelError(QuothError):
    """A model that is missing, damaged or of the wrong kind."""


class FilterError(QuothError):
    """A source or date limit that cannot be understood."""


class QuestionError(QuothError):
    """A question that cannot be asked: empty, or too long."""


class CitationError(QuothError):
    """A quotation that is not, character for character, in the article it names."""


class ConversationError(QuothError):
    """A file of a saved conversation cannot be read."""


class FeedbackError(QuothError):
    """What people say of answers cannot be kept, read, or made a collection."""


class SettingsError(QuothError):
    """A setting that is unknown or has a wrong value."""


class CollectionError(QuothError):
    """An evaluation collection, run or result that cannot be used; names the file and line where there is one."""


class MeasureError(CollectionError):
    """A measure that is unknown, or that the results do not have."""
