"""Who may call: an API key of a tenant, and a role that the endpoint asks for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from fastapi import Request

from kit.api.problems import Problem
from kit.context import Context
from kit.tenancy import Caller, Role


def require(*roles: Role) -> Callable[[Request], Awaitable[Caller]]:
    """A dependency that admits callers with one of `roles` (or admin). Problems 401, 403."""

    # A coroutine, though nothing is awaited: FastAPI would run a plain function in its thread pool on every request.
    async def admit(request: Request) -> Caller:
        context: Context = request.app.state.context
        caller = context.tenants.authenticate(_key(request))
        if caller is None:
            raise Problem(
                401,
                "auth.key-unknown",
                hint="Send `Authorization: Bearer <API key>` with a live key of your practice.",
                headers={"WWW-Authenticate": "Bearer"},
            )
        if not caller.roles & {*roles, "admin"}:
            raise Problem(403, "auth.role-missing", hint=f"The key needs one of these roles: {', '.join(roles)}.")
        return caller

    return admit


def _key(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else request.headers.get("x-api-key", "")
