"""What a terminal loads: small, and what is not ours is exactly what it says it is."""

import gzip
import hashlib
import re
from pathlib import Path

from django.conf import settings

STATIC = Path(settings.BASE_DIR) / "pointsys" / "static"
JSQR = STATIC / "vendor" / "jsqr"


def packed(path: Path) -> int:
    return len(gzip.compress(path.read_bytes(), 9))


def test_the_terminals_scripts_and_styles_stay_small():
    scripts = sum(packed(path) for path in (STATIC / "js" / "terminal").glob("*.js"))

    assert scripts <= 12_288
    assert packed(STATIC / "css" / "terminal.css") <= 2_048


def test_the_decoder_is_the_one_that_was_reviewed():
    notes = (JSQR / "README.md").read_text(encoding="utf-8")
    digest = hashlib.sha256((JSQR / "jsQR.js").read_bytes()).hexdigest()

    assert f"`{digest}`" in notes
    assert "Apache License" in (JSQR / "LICENSE.txt").read_text(encoding="utf-8")


def test_the_decoder_is_loaded_only_when_the_camera_is_opened():
    templates = Path(settings.BASE_DIR) / "templates" / "terminal"
    loaded = [
        source
        for path in templates.rglob("*.html")
        for source in re.findall(r"<script[^>]*>", path.read_text(encoding="utf-8"))
        if "vendor" in source
    ]

    assert loaded == []
