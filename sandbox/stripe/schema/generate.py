"""Writes `routes.json` and `params.json` from the types of the installed `stripe` SDK.

    python -m sandbox.stripe.schema.generate

The tables say which requests Stripe knows and which parameters each of them takes. They are
committed so that the sandbox itself needs no SDK; a contract test fails when they differ from the
installed one.
"""

import ast
import importlib
import json
import pkgutil
import types
import typing
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import stripe
import typing_extensions
from stripe._stripe_object import UntypedStripeObject

from sandbox.stripe.routes import ROUTES

HERE = Path(__file__).parent
Type = dict[str, Any]


def main() -> None:
    routes, params = tables()
    (HERE / "routes.json").write_text(dumps(routes))
    (HERE / "params.json").write_text(dumps(params))


def dumps(table: dict[str, Any]) -> str:
    rows = [f"{json.dumps(key)}: {json.dumps(table[key])}" for key in sorted(table)]
    return "{\n" + ",\n".join(rows) + "\n}\n"


def tables() -> tuple[dict[str, Any], dict[str, Any]]:
    """All v1 routes with the names in their path, and the parameters of the simulated ones."""
    routes: dict[str, Any] = {"api_version": stripe.api_version}
    params: dict[str, Any] = {}
    for route, params_class in _sdk_routes():
        routes[route] = route in ROUTES
        if route in ROUTES:
            params[route] = _fields(params_class, params) if params_class else {}
    missing = set(ROUTES) - set(routes)
    if missing:
        raise SystemExit(f"the SDK does not know {sorted(missing)}")
    return routes, params


def _sdk_routes() -> typing.Iterator[tuple[str, type | None]]:
    for info in pkgutil.walk_packages(stripe.__path__, "stripe."):
        if info.name.endswith("_service"):
            module = importlib.import_module(info.name)
            yield from _routes_of(Path(str(module.__file__)).read_text())


def _routes_of(source: str) -> typing.Iterator[tuple[str, type | None]]:
    tree = ast.parse(source)
    imports = {
        alias.name: node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    for function in (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)):
        for call in (n for n in ast.walk(function) if isinstance(n, ast.Call)):
            if isinstance(call.func, ast.Attribute) and call.func.attr == "_request":
                verb, path = (_literal(arg) for arg in call.args[:2])
                if path.startswith("/v1/"):
                    yield f"{verb.upper()} {path}", _params_class(function, imports)


def _literal(node: ast.expr) -> str:
    """A string, or the template in `"...".format(...)`."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        node = node.func.value
    return str(ast.literal_eval(node))


def _params_class(function: ast.FunctionDef, imports: dict[str, str | None]) -> type | None:
    for arg in [*function.args.posonlyargs, *function.args.args]:
        if arg.arg == "params" and arg.annotation is not None:
            for node in ast.walk(arg.annotation):
                if isinstance(node, ast.Constant) and str(node.value).endswith("Params"):
                    name = str(node.value)
                    found: type = getattr(importlib.import_module(str(imports[name])), name)
                    return found
    return None


def _fields(params_class: type, params: dict[str, Any]) -> dict[str, Any]:
    hints = typing.get_type_hints(params_class, localns=LATE, include_extras=True)
    options = stripe.RequestOptions.__annotations__
    fields = {}
    for name, hint in hints.items():
        if name in options:
            continue
        required = typing.get_origin(hint) is not typing_extensions.NotRequired
        inner = hint if required else typing.get_args(hint)[0]
        fields[name.rstrip("_")] = _type(inner, params) | ({"required": True} if required else {})
    return fields


def _type(hint: Any, params: dict[str, Any]) -> Type:
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin in {typing.Union, types.UnionType}:
        return _union([_type(arg, params) for arg in args if arg is not type(None)])
    if origin is not None:
        return _generic(origin, args, params)
    if typing_extensions.is_typeddict(hint):
        if hint.__name__ not in params:
            params[hint.__name__] = {}
            params[hint.__name__] = _fields(hint, params)
        return {"t": "object", "of": hint.__name__}
    return {"t": SCALARS[hint]}


def _generic(origin: Any, args: tuple[Any, ...], params: dict[str, Any]) -> Type:
    if origin is list:
        return {"t": "list", "of": _type(args[0], params)}
    if origin is dict:
        return {"t": "map", "of": _type(args[1], params)}
    if origin is UntypedStripeObject:  # the same as the dict it always stands beside
        return {"t": "map", "of": {"t": "str"}}
    return {"t": "enum", "of": list(args)}


# Names that the SDK imports for type checkers alone.
LATE = {"StripeContext": Any, "Mapping": Mapping}
SCALARS = {str: "str", int: "int", float: "float", bool: "bool", Decimal: "decimal"}


def _union(members: list[Type]) -> Type:
    """`Literal[...] | str` is open in the SDK alone; Stripe itself refuses other words."""
    enums = [m for m in members if m["t"] == "enum"]
    words = [word for m in enums for word in m["of"]]
    rest = [m for m in members if m["t"] != "enum"]
    if "" in words:
        return _union([{"t": "enum", "of": [w for w in words if w]}, *rest]) | {"empty": True}
    if words and all(m["t"] == "str" for m in rest):
        return {"t": "enum", "of": words}
    if words:
        rest.insert(0, {"t": "enum", "of": words})
    distinct = [m for i, m in enumerate(rest) if m not in rest[:i]]
    return distinct[0] if len(distinct) == 1 else {"t": "union", "of": distinct}


if __name__ == "__main__":
    main()
