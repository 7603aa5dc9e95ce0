"""What the web server loads."""

import os

from tixapp.app import create_app
from tixapp.config import Settings
from tixapp.web.requests import configure_logging

settings = Settings.from_env(os.environ)  # noqa: TID251 - the entry point hands it in
configure_logging(as_json=settings.is_production)
app = create_app(settings)
