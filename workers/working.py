"""One chunk or message, worked on exactly once however often somebody is told to: the work and its being done commit
together, in the tenant's transaction that holds the row's lock. What went wrong is recorded in another transaction.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from app.deployment import Deployment
from app.kernel import logs, outbox, runs
from app.kernel.errors import Refusal
from tenants.models import Tenant
from workers import handlers
from workers.handlers import Mail, Work

ACTOR = "system"
AWAY = (OperationalError, InterfaceError)
"""What the database says when it cannot be reached or hangs up."""


def work_chunk(deployment: Deployment, tenant: Tenant, chunk_id: UUID) -> bool:
    """Whether it was this call that ended the chunk. Raises only when the database cannot be reached."""
    with deployment.host.tenant(tenant, ACTOR) as session:
        piece = runs.begin(session, chunk_id)
    return piece is not None and work_piece(deployment, tenant, piece)


def work_piece(deployment: Deployment, tenant: Tenant, piece: runs.Piece) -> bool:
    """The same for a chunk that was begun."""
    ended = _work(deployment, tenant, piece)
    with deployment.host.tenant(tenant, ACTOR) as session:
        runs.settle(session, piece.run_id)
    return ended


def _work(deployment: Deployment, tenant: Tenant, piece: runs.Piece) -> bool:
    host = deployment.host
    try:
        with host.tenant(tenant, piece.started_by, mandate=piece.mandate) as session:
            if not runs.claim(session, piece):
                return False
            handler = handlers.for_chunk(piece.kind)
            work = Work(
                session, tenant, deployment, piece.run_id, piece.kind, piece.params, piece.stage, piece.key,
                piece.payload, piece.attempt,
            )  # fmt: skip
            runs.complete(session, piece, handler(work))
        return True
    except Refusal as refusal:
        with host.tenant(tenant, ACTOR) as session:
            runs.refuse(session, piece, refusal.message)
        return True
    except Exception as error:
        if _lost_connection(error):
            logs.fault("chunk.interrupted", error, run=str(piece.run_id), chunk=str(piece.chunk_id))
            with host.tenant(tenant, ACTOR) as session:
                runs.interrupted(session, piece)
            return False
        number = logs.fault(
            "chunk.fault", error, run=str(piece.run_id), chunk=str(piece.chunk_id), kind=piece.kind,
            attempt=piece.attempt, tenant=tenant.schema_name,
        )  # fmt: skip
        with host.tenant(tenant, ACTOR) as session:
            return runs.fault(session, piece, number)


def _lost_connection(error: Exception) -> bool:
    return isinstance(error, DBAPIError) and error.connection_invalidated


def work_message(deployment: Deployment, tenant: Tenant, message_id: UUID) -> bool:
    """Whether it was this call that handled the message. Raises only when the database cannot be reached."""
    host = deployment.host
    with host.tenant(tenant, ACTOR) as session:
        message = outbox.begin(session, message_id)
    if message is None:
        return False
    try:
        with host.tenant(tenant, ACTOR) as session:
            if not outbox.claim(session, message):
                return False
            handler = handlers.for_topic(message.topic)
            handler(Mail(session, tenant, deployment, message.topic, message.payload, message.attempt))
            outbox.complete(session, message)
        return True
    except Exception as error:
        number = logs.fault(
            "message.fault", error, message=str(message.id), topic=message.topic, attempt=message.attempt,
            tenant=tenant.schema_name,
        )  # fmt: skip
        sentence = error.message if isinstance(error, Refusal) else f"Błąd systemu. Numer dla pomocy: {number}."
        with host.tenant(tenant, ACTOR) as session:
            outbox.fault(session, message, sentence)
        return False
