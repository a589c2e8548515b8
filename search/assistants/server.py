"""The tools in the words of the Model Context Protocol."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import Parameter, getdoc, signature
from typing import Annotated, Any, Literal, ParamSpec, TypeVar

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import ToolAnnotations
from pydantic import BaseModel, ConfigDict, Field

from likewise.ingest.errors import LikewiseError

from ..asking.options import MAX_K, SearchOptions, option_help
from ..filtering.text_filters import parse_where_options
from .tools import MOST, Tools

P = ParamSpec("P")
T = TypeVar("T")

_HELP = option_help()


def _told(name: str, **more: Any) -> Any:  # noqa: ANN401 - what pydantic takes
    return Field(description=_HELP.get(name, ""), **more)


class How(BaseModel):
    """How to search; none of it is needed."""

    model_config = ConfigDict(extra="forbid")

    k: Annotated[int, Field(ge=1, le=MOST, description=f"Number of hits, at most {MOST}.")] = 6
    offset: Annotated[int, _told("offset", ge=0, le=MAX_K)] = 0
    where: Annotated[list[str], _told("where")] = []
    diversity: Annotated[float, _told("diversity", ge=0, le=1)] = 0.0
    group_by: Annotated[str | None, _told("group_by")] = None
    boost: Annotated[list[str], _told("boost")] = []
    probe: Annotated[int | Literal["all"], _told("probe")] = 1
    fallback: Annotated[bool, _told("fallback")] = False

    def options(self) -> SearchOptions:
        """As the client takes them.

        Raises:
            ParameterError: an impossible one.
        """
        return SearchOptions(**{**self.model_dump(), "where": parse_where_options(self.where)})


_DEFAULT = How()

Ids = Annotated[list[str], Field(max_length=MOST, description="Ids of products.")]
Where = Annotated[list[str], _told("where")]
Limit = Annotated[int, Field(ge=1, le=MOST)]
Top = Annotated[int, Field(ge=1, le=20, description="Values of each attribute.")]
Base64 = Annotated[str | None, Field(description="The bytes of an image file, as base64.")]
File = Annotated[str | None, Field(description="Instead: an image file's name in the folder of pictures.")]


def create_server(tools: Tools) -> MCPServer:
    """The server of an index's tools; all of them only read."""
    about = tools.about()
    server = MCPServer(
        "likewise",
        title="Likewise: products that look alike",
        instructions="Finds the products of one shop's catalog that look like a product, a picture or several of them. "
        f"Show people pictures and titles, not scores.\n\n{about}",
        log_level="WARNING",
    )
    hints = ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False)
    for function in (*_searches(tools), *_lookups(tools)):
        # Not every assistant reads the instructions: who filters is told by what.
        more = f"\n\n{about}" if signature(function).parameters.keys() & {"how", "where"} else ""
        server.add_tool(_safe(_flat(function)), description=f"{getdoc(function)}{more}", annotations=hints)
    return server


def _searches(tools: Tools) -> tuple[Callable[..., Any], ...]:
    def find_similar(product_id: str, how: How = _DEFAULT) -> dict[str, Any]:
        """The products that look most like one of the catalog, best first, with all that is known of each."""
        return tools.similar(product_id, how.options())

    def find_similar_to_picture(
        picture_base64: Base64 = None, picture_file: File = None, how: How = _DEFAULT
    ) -> dict[str, Any]:
        """The products that look most like a picture, best first."""
        return tools.similar_to_picture(tools.picture(picture_base64, picture_file), how.options())

    def recommend(liked: Ids, disliked: Ids = [], how: How = _DEFAULT) -> dict[str, Any]:  # noqa: B006 - never changed
        """The products most like what somebody liked, and unlike what they did not; at least one is liked."""
        return tools.recommend(liked, disliked, how.options())

    return find_similar, find_similar_to_picture, recommend


def _lookups(tools: Tools) -> tuple[Callable[..., Any], ...]:
    def describe_picture(picture_base64: Base64 = None, picture_file: File = None, top: Top = 3) -> dict[str, Any]:
        """What a picture shows, in the words of the catalog, with probabilities."""
        return tools.describe(tools.picture(picture_base64, picture_file), top)

    def count_values(column: str, where: Where = [], limit: Limit = 20) -> dict[str, Any]:  # noqa: B006
        """How many products there are by the values of a column, or by ranges of numbers and dates."""
        return tools.facets(column, where, limit)

    def get_product(product_id: str) -> dict[str, Any]:
        """All that the catalog says of a product."""
        return tools.product(product_id)

    def list_products(where: Where = [], limit: Limit = 20) -> dict[str, Any]:  # noqa: B006
        """Some products that meet conditions, to begin from, and how many there are."""
        return tools.products(where, limit)

    return describe_picture, count_values, get_product, list_products


def _flat(function: Callable[..., T]) -> Callable[..., T]:
    """The same with the fields of `how` as arguments of their own: that is how assistants call."""
    asked = signature(function, eval_str=True)
    if "how" not in asked.parameters:
        return function
    others = [each for name, each in asked.parameters.items() if name != "how"]
    options = [
        Parameter(name, Parameter.KEYWORD_ONLY, default=each.default, annotation=Annotated[each.annotation, each])
        for name, each in How.model_fields.items()
    ]

    @wraps(function)
    def called(*args: Any, **kwargs: Any) -> T:  # noqa: ANN401
        how = How(**{name: kwargs.pop(name) for name in How.model_fields if name in kwargs})
        return function(*args, **kwargs, how=how)

    called.__signature__ = asked.replace(parameters=[*others, *options])  # type: ignore[attr-defined]
    return called


def _safe(function: Callable[P, T]) -> Callable[P, T]:
    """The same, whose errors reach the assistant as texts that say what to do next."""

    @wraps(function)
    def asked(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return function(*args, **kwargs)
        except LikewiseError as error:
            raise ToolError(str(error)) from None

    return asked
