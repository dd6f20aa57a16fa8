"""The house as text: every source file, its syntax tree, and who imports whom. Checkers read this and nothing else."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parent.parent.parent
PRODUCT = ("app", "tenants", "workers", "policies", "migrations")
FOUNDATION = frozenset({"kernel", "law", "web", "gateways"})
DOORS = frozenset({"office", "portal", "ssc", "ops"})
TEXTS = frozenset({".py", ".html", ".css", ".js", ".yaml", ".toml", ".csv", ".conf", ".md", ".sh", ".txt", ".sql"})
NOT_OURS = frozenset({"vendor", "node_modules", "__pycache__"})


@dataclass(frozen=True)
class Module:
    """One Python file: its path from the root, its dotted name, its text and its tree."""

    path: str
    source: str = field(repr=False)

    @cached_property
    def node(self) -> ast.Module:
        return ast.parse(self.source, self.path)

    @cached_property
    def name(self) -> str:
        parts = PurePosixPath(self.path).with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    @property
    def package(self) -> str:
        return self.name if self.path.endswith("__init__.py") else self.name.rpartition(".")[0]

    def under(self, *names: str) -> bool:
        return any(self.name == name or self.name.startswith(f"{name}.") for name in names)

    def at(self, node: ast.AST, complaint: str) -> str:
        return f"{self.path}:{getattr(node, 'lineno', 1)}: {complaint}"

    @cached_property
    def imports(self) -> tuple[tuple[int, str], ...]:
        """Line and full name of everything imported, wherever the import stands; `from a import b` names `a.b`."""
        return tuple(self._imports())

    def _imports(self) -> Iterator[tuple[int, str]]:
        for node in ast.walk(self.node):
            if isinstance(node, ast.Import):
                yield from ((node.lineno, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                start = node.module or ""
                if node.level:
                    above = self.package.split(".")[: len(self.package.split(".")) - node.level + 1]
                    start = ".".join([*above, *([start] if start else [])])
                yield from ((node.lineno, f"{start}.{alias.name}") for alias in node.names)
            elif isinstance(node, ast.Call) and called(node) == "import_module" and node.args:
                named = node.args[0]
                if isinstance(named, ast.Constant) and isinstance(named.value, str):
                    yield node.lineno, named.value


@dataclass(frozen=True)
class House:
    """Every text file of the repository by its path from the root."""

    files: Mapping[str, str] = field(repr=False)

    @cached_property
    def modules(self) -> tuple[Module, ...]:
        return tuple(Module(path, text) for path, text in self.files.items() if path.endswith(".py"))

    def product(self) -> Iterator[Module]:
        return (module for module in self.modules if module.under(*PRODUCT))

    @cached_property
    def rooms(self) -> tuple[str, ...]:
        """Every book and room, as a package name (`app.vat`): the folders of `app` that are nothing else."""
        folders = {path.split("/")[1] for path in self.files if path.startswith("app/") and path.count("/") > 1}
        return tuple(f"app.{one}" for one in sorted(folders - FOUNDATION - DOORS - {"cli"}))

    def faces(self, *names: str) -> Iterator[Module]:
        """The modules of one file name (or folder of that name) in every room."""
        places = [f"{room}.{name}" for room in self.rooms for name in names]
        return (module for module in self.modules if module.under(*places))


def called(call: ast.Call) -> str:
    """The last part of what is called: `open` for `path.open()` and `open()`."""
    function = call.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def dotted(node: ast.AST) -> str:
    """`datetime.now` for such an expression; empty when it is not a plain chain of names."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr}" if before else ""
    return ""


def functions(node: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (each for each in ast.walk(node) if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef)))


def public_functions(module: Module) -> Iterator[ast.FunctionDef]:
    """Functions of the module itself whose names do not start with an underscore."""
    return (each for each in module.node.body if isinstance(each, ast.FunctionDef) and not each.name.startswith("_"))


def real_house() -> House:
    """The tree as it stands on the disk, without what tools fetched or made."""
    files: dict[str, str] = {}
    for top in sorted(ROOT.iterdir()):
        if top.is_file() and (top.suffix in TEXTS or top.name in {"run", "Dockerfile"}):
            files[top.name] = top.read_text(encoding="utf-8")
        if not top.is_dir() or (top.name.startswith(".") and top.name != ".ci"):
            continue
        for path in sorted(top.rglob("*")):
            inside = path.relative_to(ROOT)
            if path.is_file() and not NOT_OURS & set(inside.parts) and (path.suffix in TEXTS or top.name == ".ci"):
                files[inside.as_posix()] = path.read_text(encoding="utf-8")
    return House(files)


def report(complaints: Iterable[str]) -> str:
    """Complaints as one text, which pytest shows whole when it should have been empty."""
    return "\n".join(complaints)


def planted(**files: str) -> House:
    """A small house for a planted violation: `app__vat__rules="…"` is the file `app/vat/rules.py`."""
    return House({f"{name.replace('__', '/')}.py": text for name, text in files.items()})
