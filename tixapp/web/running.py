"""What the running app was made from."""

from typing import cast

from flask import current_app

from tixapp.config import Settings


def settings() -> Settings:
    return cast("Settings", current_app.extensions["settings"])
