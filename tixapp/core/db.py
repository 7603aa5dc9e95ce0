"""The database: one base for tables, one way to open a transaction, one way to lock."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import sqlalchemy as sa
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, registry

# Statuses are stored as their values, as text, with a CHECK: readable in psql, easy to extend.
_status = sa.Enum(
    StrEnum,
    native_enum=False,
    create_constraint=True,
    length=24,
    values_callable=lambda kind: [member.value for member in kind],
)


# A column's type follows from its annotation, here once for all tables.
_registry = registry(
    metadata=sa.MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    ),
    type_annotation_map={
        StrEnum: _status,
        datetime: sa.TIMESTAMP(timezone=True),
        str: sa.Text(),
        dict[str, Any]: JSONB(),
        list[Any]: JSONB(),
    },
)


class Base(DeclarativeBase):
    registry = _registry


# Rows stay readable after a commit: a page is drawn from what the action returned, and nothing
# reopens a transaction behind our back. What must be fresh is read through `locked()`.
db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False})

if TYPE_CHECKING:
    Model = Base
else:
    Model = db.Model

Id = Annotated[int, mapped_column(sa.BigInteger, sa.Identity(always=True), primary_key=True)]


def reference(target: str, *, index: bool = True, **options: Any) -> Mapped[Any]:
    """A foreign-key column. Indexed, since deletes and joins look it up, unless told otherwise."""
    return mapped_column(sa.BigInteger, sa.ForeignKey(target), index=index, **options)


class TransactionOpen(RuntimeError):
    """A network call or a second `transaction()` inside a transaction: a fault of the program."""


@contextmanager
def transaction() -> Iterator[None]:
    """Commits what is done inside, or nothing. Only entry points open one; it does not nest."""
    session = db.session
    if session.info.get("inside"):
        raise TransactionOpen("transaction() does not nest")
    session.info["inside"] = True
    try:
        yield
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.info.pop("inside", None)


def reread(table: type[Any], *key: int) -> None:
    """The row was written past the session: if it has been read before, it is read again when it
    is next looked at."""
    known = db.session.identity_map.get(sa.inspect(table).identity_key_from_primary_key(key))
    if known is not None:
        db.session.expire(known)


def end_reading() -> None:
    """Gives the connection back before a wait, so that no transaction spans the network."""
    refuse_inside_transaction()
    db.session.rollback()


def give_up_transaction() -> None:
    """Rolls back; where the database has hung up meanwhile it has done so by itself."""
    if not db.session.registry.has():
        return  # nobody has asked for a session: none is made to be thrown away
    try:
        db.session.rollback()
    except sa.exc.OperationalError:
        db.session().invalidate()


def refuse_inside_transaction() -> None:
    if db.session.info.get("inside"):
        raise TransactionOpen("the network is never called inside a transaction")


def locked(rows: Any, *, skip_locked: bool = False, of: Any = None) -> Any:
    """The same select, its rows locked and read afresh; with joins, `of` names the table to lock.

    Locks are taken in one order: order, allowance, hold, seat, stock, ticket; ids ascending;
    after the stock the waiting list of the event, then its entries.
    They do not keep others from referring to the row (FOR NO KEY UPDATE): a ticket is written after
    its stock is locked, and must not wait for whoever has its event and wants that stock.
    """
    locking = rows.with_for_update(key_share=True, skip_locked=skip_locked, of=of)
    return locking.execution_options(populate_existing=True)
