"""Builds the application from its settings."""

from contextlib import suppress
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from tempfile import gettempdir

from flask import Flask, request
from flask_babel import Babel, get_locale
from flask_login import current_user
from flask_migrate import Migrate
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from . import models as _models  # noqa: F401 - registers every table
from .accounts import login
from .api.short import ShortWays
from .browse import caching
from .config import Settings
from .core.clock import clock
from .core.common_time import keep_time_with
from .core.db import db, give_up_transaction
from .core.facts import act_at_once, react_by
from .core.lasting import keep_prepared
from .core.pictures import LARGEST_FILE
from .gateways import Gateways
from .gateways.beacon import Beacon
from .gateways.mail import SmtpMailer
from .gateways.storage import FolderStorage, S3Storage, Storage
from .gateways.stripe import Stripe
from .reactions import AT_ONCE, JOBS_OF
from .tallies import views_seen
from .waiting import shelf
from .web import assets, cookies, errors, filters, headers, limits, origins, pages, requests
from .web.application import Application
from .web.senders import Senders, is_upload

ROOT = Path(__file__).resolve().parent.parent
MEGABYTE = 1_048_576
# A picture, and what a form adds to it.
LARGEST_UPLOAD = LARGEST_FILE + 65_536
# Blueprints, each in its own module, by the name of the module and of the blueprint in it.
BLUEPRINTS: tuple[tuple[str, str], ...] = (
    ("tixapp.accounts.views", "bp"),
    ("tixapp.sellers.views", "bp"),
    ("tixapp.selling.views", "bp"),
    ("tixapp.selling.unsubscribe", "bp"),
    ("tixapp.browse.views", "bp"),
    ("tixapp.browse.crawlers", "bp"),
    ("tixapp.previews", "bp"),
    ("tixapp.orders.views", "bp"),
    ("tixapp.refunds.views", "bp"),
    ("tixapp.tickets.views", "bp"),
    ("tixapp.tickets.offline", "bp"),
    ("tixapp.waiting.views", "bp"),
    ("tixapp.webhooks.views", "bp"),
    ("tixapp.api.views", "bp"),
    ("tixapp.ops.views", "bp"),
    ("tixapp.ops.metrics", "bp"),
    ("tixapp.ops.staff", "bp"),
    ("tixapp.ops.rooms", "bp"),
    ("tixapp.ops.styleguide", "bp"),
    ("scanner.views", "bp"),
    ("scanner.offline", "bp"),
)
# Neither acts on a cookie: webhooks are signed, the API takes keys alone.
WITHOUT_CSRF = frozenset({"webhooks", "api", "unsubscribing"})

csrf = CSRFProtect()
THEMES = {"light", "dark"}


def create_app(settings: Settings, gateways: Gateways | None = None) -> Flask:
    """`gateways` are made from the settings unless they are given."""
    app = Application(
        "tixapp",
        root_path=str(ROOT),
        template_folder=str(ROOT / "templates"),
        static_folder=None,
    )
    # `//account` is no page: sending it on would name the host that the request made up.
    app.url_map.merge_slashes = False
    _configure(app, settings)
    act_at_once(AT_ONCE)
    react_by(JOBS_OF)
    app.extensions["settings"] = settings
    app.extensions["gateways"] = gateways or make_gateways(settings)
    db.init_app(app)
    with app.app_context():
        keep_prepared(db.engine)
        keep_time_with(db.engine)
    # Runs before the extension closes the session: an answer that stands is not lost to a database
    # that hangs up after it.
    app.teardown_appcontext(lambda _fault: give_up_transaction())
    Migrate(app, db, directory=str(ROOT / "migrations"), render_as_batch=False)
    Babel(app, locale_selector=lambda: "en")
    requests.register(app)  # before anything that may refuse: each refusal has an id too
    _let_files_in(app)  # before anything that reads the form
    csrf.init_app(app)
    for part in (cookies, origins, errors, headers, limits, filters, login, pages):
        part.register(app)
    caching.register(app)
    views_seen.register(app)
    assets.register(app, ROOT / "static")
    _add_template_context(app, settings)
    _add_blueprints(app)
    shelf.register(app, settings.redis_url)
    app.wsgi_app = ShortWays(app, app.wsgi_app)  # type: ignore[method-assign]
    app.wsgi_app = Senders(app.wsgi_app, longest=MEGABYTE, largest=LARGEST_UPLOAD)  # type: ignore[method-assign]
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops)  # type: ignore[method-assign]
    return app


def make_gateways(settings: Settings) -> Gateways:
    return Gateways(
        stripe=Stripe(
            settings.stripe_api_key,
            api_base=settings.stripe_api_base,
            webhook_secrets=(
                settings.stripe_webhook_secret,
                settings.stripe_connect_webhook_secret,
            ),
            account_kind=settings.stripe_account_kind,
        ),
        mailer=SmtpMailer(
            host=settings.mail_host,
            port=settings.mail_port,
            sender=settings.mail_from,
            sender_name=settings.site_name,
            user=settings.mail_user,
            password=settings.mail_password,
            tls=settings.mail_tls,
        ),
        storage=make_storage(settings),
        beacon=Beacon(settings.room_beacon),
    )


def make_storage(settings: Settings) -> Storage:
    if not settings.s3_bucket:
        return FolderStorage(ROOT / settings.storage_folder)
    return S3Storage(
        settings.s3_bucket,
        endpoint=settings.s3_endpoint,
        region=settings.s3_region,
        access_key=settings.s3_access_key,
        secret_key=settings.s3_secret_key,
    )


def _configure(app: Flask, settings: Settings) -> None:
    https = settings.base_url.startswith("https://")
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SECRET_KEY_FALLBACKS=list(settings.secret_previous_keys),
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SQLALCHEMY_ENGINE_OPTIONS={
            "pool_size": settings.database_pool,
            "max_overflow": 4,
            "pool_timeout": 5,
            "pool_use_lifo": True,
            # What people typed stays out of errors, and so out of the logs.
            "hide_parameters": True,
            "connect_args": {
                "connect_timeout": 5,
                # The same few statements come thousands of times: they are planned soon.
                "prepare_threshold": 1,
                "application_name": "tixapp",
                # A pile-up ends in an answer, not in a queue of all workers.
                "options": "-c lock_timeout=5s -c statement_timeout=20s"
                " -c idle_in_transaction_session_timeout=30s -c timezone=UTC",
            },
        },
        SESSION_COOKIE_NAME="__Host-tixapp" if https else "tixapp",
        SESSION_COOKIE_SECURE=https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(days=30),
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session lives; it changes at each sign-in
        WTF_CSRF_SSL_STRICT=https,
        MAX_CONTENT_LENGTH=MEGABYTE,
        MAX_FORM_PARTS=200,
        MAX_FORM_MEMORY_SIZE=MEGABYTE,
        RATELIMIT_STORAGE_URI=settings.redis_url,
        RATELIMIT_STORAGE_OPTIONS={"socket_connect_timeout": 1, "socket_timeout": 1},
        RELOAD_ASSETS=not settings.is_production,
        PAYMENT_PAGES=settings.stripe_pages,
        HTTPS=https,
        TEMPLATES_AUTO_RELOAD=not settings.is_production,
        BABEL_DEFAULT_TIMEZONE="UTC",
    )
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True


def _let_files_in(app: Flask) -> None:
    with suppress(FileNotFoundError):
        gettempdir()  # found while there is room: looking for it writes a file

    @app.before_request
    def allow_for_a_file() -> None:
        if is_upload(request.path):
            request.max_content_length = LARGEST_UPLOAD


def _add_template_context(app: Flask, settings: Settings) -> None:
    @app.context_processor
    def context() -> dict[str, object]:
        theme = request.cookies.get("theme", "auto")
        return {
            "now": clock.now(),
            "settings_public": {"site_name": settings.site_name},
            "theme": theme if theme in THEMES else "auto",
            "locale": str(get_locale()),
            "current_user": current_user,
        }


def _add_blueprints(app: Flask) -> None:
    for module, name in BLUEPRINTS:
        blueprint = getattr(import_module(module), name)
        app.register_blueprint(blueprint)
        if blueprint.name in WITHOUT_CSRF:
            csrf.exempt(blueprint)
