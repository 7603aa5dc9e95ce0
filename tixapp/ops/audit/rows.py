"""A check is a SELECT of what is wrong, and a sentence for each row."""

from typing import Any

import sqlalchemy as sa

from tixapp.core.db import db


def differences(sql: str, sentence: str, **values: Any) -> list[str]:
    """`sentence` formatted with each row that `sql` finds."""
    rows = db.session.execute(sa.text(sql), values).mappings()
    return [sentence.format(**row) for row in rows]
