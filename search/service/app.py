"""The application: routes, what every request passes through, and what goes on beside them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from .errors import HANDLERS
from .live_index import LiveIndex
from .middlewares.envelope import Envelope
from .middlewares.limits import Limits
from .middlewares.prefix import Prefix
from .middlewares.tokens import Tokens
from .openapi.document import describer
from .pictures.remembered import Memory
from .routes import describe, facets, images, maps, operations, page, products, recommend, schema, similar
from .service import Service
from .settings import Settings
from .watch import Watch

ROUTERS = (similar, recommend, describe, products, facets, schema, maps, images, operations)


def create_app(live: LiveIndex, settings: Settings | None = None, memory: Memory | None = None) -> FastAPI:
    """The ASGI application; its lifespan opens the current version, follows it, and closes it.

    Args:
        live: closed when the application ends.
        settings: of the service.
        memory: where features of recent pictures are remembered, if other processes share it.
    """
    settings = settings or Settings()
    service = Service(live, settings, memory)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        watch = Watch(live, settings.refresh)
        watch.start()
        try:
            yield
        finally:
            await asyncio.to_thread(watch.stop)
            service.close()
            await asyncio.to_thread(live.close)

    app = FastAPI(
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
        exception_handlers=HANDLERS,
        middleware=_middlewares(service),
    )
    for each in ROUTERS:
        app.include_router(each.router(service))
    app.include_router(page.router())
    app.mount("/static", page.Files(directory=page.STATIC), name="static")
    app.openapi = describer(app, service)  # type: ignore[method-assign]
    return app


def _middlewares(service: Service) -> list[Middleware]:
    """From the outside in."""
    settings = service.settings
    found = [
        Middleware(Envelope, metrics=service.metrics, version=lambda: service.live.version, shared=bool(settings.cors))
    ]
    if settings.prefix:
        found.append(Middleware(Prefix, prefix=settings.prefix))
    if settings.cors:
        found.append(
            Middleware(
                CORSMiddleware,
                allow_origins=settings.cors,
                allow_methods=("GET", "POST"),
                allow_headers=("Authorization", "Content-Type", "X-Request-ID"),
                expose_headers=("X-Request-ID", "X-Likewise-Version", "Retry-After", "ETag"),
                max_age=3600,
            )
        )
    if settings.token:
        found.append(Middleware(Tokens, token=settings.token))
    return [*found, Middleware(Limits, turns=service.turns)]
