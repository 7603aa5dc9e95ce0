"""What everything is compared with: Flask, and one trivial transaction through the same driver.

No sign-in, no checks, no log, no headers: the least that a view which writes can cost.
"""

from __future__ import annotations

import os

import sqlalchemy as sa
from flask import Flask, Response, jsonify, request
from flask.typing import ResponseReturnValue

TEXT = '{"what": "' + "x" * 630 + '"}'  # as long as a room's document
INSERT = sa.text("INSERT INTO bench_bare (what) VALUES (:what) RETURNING id")


def create_app() -> Flask:
    app = Flask(__name__)
    address = os.environ["DATABASE_URL"].partition("://")[2]
    engine = sa.create_engine(f"postgresql+psycopg://{address}", pool_size=16, pool_use_lifo=True)
    with engine.begin() as connection:
        connection.execute(
            sa.text(
                "CREATE TABLE IF NOT EXISTS bench_bare"
                " (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, what text)"
            )
        )

    @app.get("/bare")
    def constant() -> ResponseReturnValue:
        return Response(TEXT, mimetype="application/json")

    @app.post("/bare")
    def bare() -> ResponseReturnValue:
        with engine.begin() as connection:
            made = connection.execute(INSERT, {"what": request.get_json()["what"]}).scalar_one()
        return jsonify({"id": made}), 201

    return app
