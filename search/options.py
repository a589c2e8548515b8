"""How to search, in one place: the client, the command line and HTTP take these options and show these sentences."""

from __future__ import annotations

import dataclasses
import inspect
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Self, TypedDict

from likewise.ingest.errors import ParameterError

from .filters import Where
from .text_filters import parse_where_options

Probe = int | Literal["all"]
"""A number of clusters, or all of them."""

Threshold = float | Literal["confident"] | None
"""A score, or the one that the index was calibrated to."""

MAX_K = 10_000


@dataclass(frozen=True, slots=True)
class TextForm:
    """How an option is written on the command line (`--NAME VALUE`) and in an address (`NAME=VALUE`).

    Attributes:
        name: what it is called there.
        metavar: what a value looks like; empty for an option that is on or off.
        parse: makes the option's value of its name and the texts that were written, at least one.
        repeated: whether several texts count; else the last one does.
    """

    name: str
    metavar: str
    parse: Callable[[str, Sequence[str]], Any]
    repeated: bool = False


def _text(*form: Any, **more: Any) -> dict[str, TextForm]:  # noqa: ANN401 - as TextForm
    return {"text": TextForm(*form, **more)}


def _parser(convert: Callable[[str], Any], kind: str, word: str = "") -> Callable[[str, Sequence[str]], Any]:
    def parse(name: str, texts: Sequence[str]) -> Any:  # noqa: ANN401 - a number, a truth value, or the word
        text = texts[-1]
        if word and text == word:
            return text
        try:
            return convert(text)
        except (ValueError, KeyError):
            wanted = f"{kind} or `{word}`" if word else kind
            raise ParameterError(f"{name} must be {wanted}; received {text[:40]!r}.") from None

    return parse


_SWITCH = {"true": True, "1": True, "false": False, "0": False}


@dataclass(frozen=True, slots=True)
class SearchOptions:
    """How to search.

    Attributes:
        k: number of hits, from 1 to 10,000; fewer come back when fewer qualify.
        where: conditions that every hit meets, such as gender=Men, baseColour!=Red or price<50; several values of a key
            mean any of them.
        probe: how many of the clusters nearest to the query to look into, or more where `k` products need more; 1 is
            the study's own, `all` is exact.
        include_self: whether a search by id also shows the product itself.
        score_threshold: least score of a hit; `confident` shows nothing rather than what is unlike, where the index
            knows.
        prior: weight of expected attributes, for an index that learned them, from 0 (plain cosine) to 1; the index's
            own unless named, and a filter always wins over it.

    Raises:
        ParameterError: names the option that is impossible.
    """

    k: int = field(default=6, metadata=_text("k", "N", _parser(int, "a whole number")))
    where: Where | None = field(
        default=None,
        metadata=_text("where", "KEY=VALUE", lambda _, texts: parse_where_options(texts), repeated=True),
    )
    probe: Probe = field(default=1, metadata=_text("probe", "N|all", _parser(int, "a whole number", "all")))
    include_self: bool = field(
        default=False, metadata=_text("include_self", "", _parser(_SWITCH.__getitem__, "true or false"))
    )
    score_threshold: Threshold = field(
        default=None, metadata=_text("threshold", "SCORE|confident", _parser(float, "a number", "confident"))
    )
    prior: float | None = field(default=None, metadata=_text("prior", "WEIGHT", _parser(float, "a number")))

    def __post_init__(self) -> None:
        if not 1 <= self.k <= MAX_K:
            raise ParameterError(f"k must be between 1 and {MAX_K:,}; received {self.k}.")
        if self.probe != "all" and (isinstance(self.probe, str) or self.probe < 1):
            raise ParameterError(f'probe must be a number of clusters (1, 2, …) or "all"; received {self.probe!r}.')
        threshold = self.score_threshold
        if threshold not in (None, "confident") and (isinstance(threshold, str) or not -1 <= threshold <= 1):
            raise ParameterError(f'A score threshold is between -1 and 1, or "confident"; received {threshold!r}.')
        if self.prior is not None and not 0 <= self.prior <= 1:
            raise ParameterError(f"prior is a weight between 0 and 1; received {self.prior}.")

    @classmethod
    def of(cls, k: int | None, keywords: SearchKeywords) -> SearchOptions:
        """The options of a call: its `options`, or the defaults, with what its other arguments change of them."""
        changes: dict[str, Any] = {**keywords} if k is None else {**keywords, "k": k}
        options = changes.pop("options", None) or cls()
        return dataclasses.replace(options, **changes) if changes else options

    @classmethod
    def from_texts(cls, pairs: Iterable[tuple[str, str]]) -> Self:
        """Options from names and values as people write them, `[("k", "9"), ("where", "gender=Men")]`.

        Raises:
            ParameterError: an impossible value, or a name that would else be ignored without a word.
        """
        forms = {form.name: (name, form) for name, form in text_forms().items()}
        texts: dict[str, list[str]] = {}
        for name, text in pairs:
            if name not in forms:
                raise ParameterError(f"Unknown parameter {name!r}. Known: {', '.join(forms)}.")
            texts.setdefault(name, []).append(text)
        values = {forms[name][0]: forms[name][1].parse(name, written) for name, written in texts.items()}
        return cls(**values)


class SearchKeywords(TypedDict, total=False):
    """The keyword arguments of a search: `options` as a whole, and each option by itself, which counts more."""

    options: SearchOptions | None
    where: Where | None
    probe: Probe
    include_self: bool
    score_threshold: Threshold
    prior: float | None


def text_forms() -> dict[str, TextForm]:
    """Option to its text form, in the order in which they are shown."""
    return {each.name: each.metadata["text"] for each in dataclasses.fields(SearchOptions)}


def option_help() -> dict[str, str]:
    """Option to the sentence about it in the docstring of `SearchOptions`; empty under `python -OO`."""
    text = inspect.getdoc(SearchOptions) or ""
    _, _, attributes = text.partition("Attributes:\n")
    entries = re.findall(r"^ {4}(\w+): (.+(?:\n {8}.+)*)", attributes.partition("\n\n")[0], re.MULTILINE)
    return {name: " ".join(sentence.split()) for name, sentence in entries}
