"""Flask, without what it does for cases that this product has not."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from flask import Flask, Response

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


WITHOUT_BODY = frozenset({204, 304})


class WholeResponse(Response):
    """Gives the server a body that is there in one piece, which it sends in one go; only what is
    made while it is sent is fetched piece by piece."""

    def get_app_iter(self, environ: "WSGIEnvironment") -> Iterable[bytes]:
        is_empty = environ["REQUEST_METHOD"] == "HEAD" or self.status_code in WITHOUT_BODY
        if is_empty or not self.is_sequence or self.direct_passthrough:
            return super().get_app_iter(environ)
        body = [self.get_data()]
        self.close()
        return body


class Application(Flask):
    response_class = WholeResponse

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """No view or hook here is a coroutine. Flask would look at each of them, at each request,
        whether it is one."""
        return func
