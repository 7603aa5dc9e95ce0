"""Which pages this app has: links to parts that an installation lacks are left out."""

from flask import Flask, current_app


def is_page(endpoint: str) -> bool:
    return endpoint in current_app.view_functions


def register(app: Flask) -> None:
    app.jinja_env.globals["is_page"] = is_page
