"""The HTTP server: a thread for each connection, which it keeps open between requests.

The standard library's server gives the sandbox its sockets in hand, which faults need: to hang up
after the effect of a request, without a word, is one of them.
"""

import socket
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from sandbox.stripe.http import Request, Response, json_response

MAX_BODY = 1_000_000
MAX_DRAINED = 20_000_000
IDLE_SECONDS = 120
Handle = Callable[[Request], Response]


def make_server(host: str, port: int, handle: Handle) -> ThreadingHTTPServer:
    """Listens at once; raises OSError when the port is taken."""
    handler = type("Handler", (_Handler,), {"handle_request": staticmethod(handle)})
    return _Server((host, port), handler)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 512

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is its own business."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "stripe-sandbox"
    sys_version = ""
    timeout = IDLE_SECONDS
    disable_nagle_algorithm = True
    wbufsize = -1
    handle_request: Handle

    def answer(self) -> None:
        body = self._body()
        if body is None:
            return
        path, _, query = self.path.partition("?")
        request = Request(self.command, path.partition("#")[0], query, self.headers.get, body)
        self._send(self.handle_request(request))

    def __getattr__(self, name: str) -> Any:
        """Every method is answered in the same way."""
        if name.startswith("do_"):
            return self.answer
        raise AttributeError(name)

    def _body(self) -> bytes | None:
        length = self.headers.get("Content-Length", "0")
        if self.headers.get("Transfer-Encoding") or not length.isdigit():
            self._refuse(411, "Send a Content-Length with the request.")
            return None
        if int(length) > MAX_BODY:
            self._drain(min(int(length), MAX_DRAINED))
            self._refuse(413, "The request is too large.")
            return None
        return self.rfile.read(int(length))

    def _drain(self, length: int) -> None:
        """Reads what is sent, so that the sender comes to read the answer."""
        while length > 0 and (chunk := self.rfile.read(min(length, 65_536))):
            length -= len(chunk)

    def _refuse(self, status: int, message: str) -> None:
        self.close_connection = True
        error = {"error": {"message": message, "type": "invalid_request_error"}}
        self._send(json_response(status, error, [("Connection", "close")]))

    def _send(self, response: Response) -> None:
        if response.drop:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.send_response(response.status)
        for name, value in response.headers:
            self.send_header(name, value)
        self.send_header("Content-Type", response.content_type)
        self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body)
        self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Quiet: every request is a row of the page at `/` instead."""
