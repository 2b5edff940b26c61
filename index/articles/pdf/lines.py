"""Lines as they stand on a page."""

from dataclasses import dataclass

_SAME = 1.1  # times as high as another letter, up to which one is of the same height


@dataclass(frozen=True, slots=True)
class Line:
    """A line, or a part of one that stands apart.

    It begins at ``left``, ends at ``right`` and stands on ``base``, in points, from the page's lower left corner.
    """

    text: str
    left: float
    right: float
    base: float
    height: float
    bold: bool = False
    cells: int = 1

    def level(self, other: "Line") -> bool:
        """Tell whether another line is the same one, further to the left or right."""
        return abs(self.base - other.base) < 0.5 * max(self.height, other.height)

    def over(self, other: "Line") -> bool:
        """Tell whether some of it is straight above or below another."""
        return min(self.right, other.right) > max(self.left, other.left)

    def like(self, height: float, bold: bool) -> bool:
        """Tell whether it looks as letters of this height do, bold or not."""
        low, high = sorted((self.height, height))
        return self.bold == bold and high <= _SAME * low
