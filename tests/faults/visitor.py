"""A person with a browser that keeps cookies and fills in forms; no more than that."""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from http.cookiejar import CookieJar
from urllib.parse import urlencode

TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
BETWEEN = "----------a-file"


class Visitor:
    def __init__(self, address: str) -> None:
        self.address = address
        cookies = urllib.request.HTTPCookieProcessor(CookieJar())
        self.opener = urllib.request.build_opener(cookies)

    def get(self, path: str) -> tuple[int, bytes]:
        return self._open(urllib.request.Request(self.address + path))

    def signs_in(self, email: str, password: str) -> None:
        form = {"email": email, "password": password, "csrf_token": self._token("/sign-in")}
        request = urllib.request.Request(f"{self.address}/sign-in", urlencode(form).encode())
        status, page = self._open(request)
        assert status == 200, page
        assert self.get("/account")[0] == 200

    def uploads(self, path: str, page: str, content: bytes) -> tuple[int, bytes]:
        """`page`: where the form stands. The answer at the end of the way."""
        parts = [
            f'--{BETWEEN}\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n'.encode()
            + self._token(page).encode(),
            f'--{BETWEEN}\r\nContent-Disposition: form-data; name="picture"; filename="a.png"\r\n'
            "Content-Type: image/png\r\n\r\n".encode()
            + content,
            f"--{BETWEEN}--\r\n".encode(),
        ]
        kind = {"Content-Type": f"multipart/form-data; boundary={BETWEEN}"}
        return self._open(
            urllib.request.Request(self.address + path, b"\r\n".join(parts), headers=kind)
        )

    def _token(self, path: str) -> str:
        _status, page = self.get(path)
        [token, *_rest] = TOKEN.findall(page.decode())
        return str(token)

    def _open(self, request: urllib.request.Request) -> tuple[int, bytes]:
        try:
            with self.opener.open(request, timeout=20) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as answer:
            with answer:
                return answer.code, answer.read()
