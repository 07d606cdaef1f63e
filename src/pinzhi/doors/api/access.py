"""Who calls: the bearer token, its scopes, and what its organisation may see."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from django.http import HttpRequest
from ninja.security import HttpBearer

from pinzhi.catalogue import queries as catalogue
from pinzhi.doors.api.problems import not_found
from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Kind, Subject
from pinzhi.people import tokens
from pinzhi.people.roles import Actor


class Scope(StrEnum):
    """What a token may be good for."""

    LISTINGS = "listings:write"
    STANDING = "standing:read"
    DECISIONS = "decisions:read"
    WEBHOOKS = "webhooks:write"
    POLICIES = "policies:read"
    SIGNALS = "signals:read"
    RATINGS = "ratings:read"
    CASES = "cases:read"
    DECIDE = "cases:decide"
    EVENTS = "events:write"
    TRACING_READ = "tracing:read"
    TRACING_WRITE = "tracing:write"
    COMPLAINTS_READ = "complaints:read"
    COMPLAINTS_WRITE = "complaints:write"
    FULFILMENTS = "fulfilments:write"


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a token, and what it is good for."""

    actor: Actor
    scopes: frozenset[str]


def holder(request: HttpRequest, token: str) -> Holder | None:  # noqa: ARG001 - the tests put their own in its place
    """The holder of a valid token, or None."""
    try:
        found = tokens.recognise(token)
    except RefusedError:
        return None
    return Holder(found, found.scopes)


class BearerToken(HttpBearer):
    """A bearer token that has `scope`. Without a valid one 401, without the scope 403."""

    def __init__(self, scope: Scope) -> None:
        super().__init__()
        self.scope = scope

    def authenticate(self, request: HttpRequest, token: str) -> Actor | None:
        """The actor behind the token, or None."""
        found = holder(request, token)
        if found is None:
            return None
        if self.scope not in found.scopes:
            raise RefusedError.because(
                "scope_missing", f"the token lacks the scope {self.scope}", "ask an administrator for a token with it"
            )
        request.actor = found.actor  # type: ignore[attr-defined]
        return found.actor


def actor(request: HttpRequest) -> Actor:
    """Who calls."""
    return request.actor  # type: ignore[attr-defined,no-any-return]


def merchant_only(by: Actor) -> str:
    """The merchant that an organisation is confined to, empty for the marketplace and its integrators."""
    return by.merchant_id


def check_may_see(by: Actor, subject: Subject) -> None:
    """A merchant's token sees its own merchant, listings and batches; what belongs to others is not there. Raises RefusedError(`subject_unknown`)."""
    own = merchant_only(by)
    if own and owner_of(subject) != own:
        raise not_found("subject")


def owner_of(subject: Subject) -> str:
    """The merchant that a subject belongs to, empty for what belongs to none or is not known."""
    if subject.kind is Kind.MERCHANT:
        return subject.id
    card = None
    if subject.kind is Kind.LISTING:
        card = catalogue.listing(subject.id)
    elif subject.kind is Kind.BATCH:
        card = catalogue.batch(subject.id)
    return card.merchant_id if card else ""


def check_sees_all(by: Actor) -> None:
    """What covers the whole marketplace is not for a merchant's token. Raises RefusedError(`not_permitted`)."""
    if merchant_only(by):
        raise RefusedError.because(
            "not_permitted",
            "this covers all merchants",
            "ask for the standing of your own merchant, or use the merchant door",
        )
