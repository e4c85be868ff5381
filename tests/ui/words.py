"""Finds English that a third-party package shows to a person."""

import html
import re

# Words that Japanese offices write in Latin letters.
USUAL = {
    "pointsys", "csv", "tsv", "pdf", "xlsx", "xls", "xlsm", "ods", "excel", "json", "yaml", "html",
    "url", "https", "http", "svg", "data", "jp", "example", "sha", "web", "faq", "felica",
}  # fmt: skip
UNSEEN = re.compile(r"<(script|style|svg|head)\b.*?</\1>|<!--.*?-->", re.DOTALL | re.IGNORECASE)
TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)
SPOKEN = re.compile(r'\b(?:aria-label|alt|title|placeholder)="([^"]*)"')
BUTTON = re.compile(r'<input[^>]*type="submit"[^>]*value="([^"]*)"')


def english_in(page: str) -> set[str]:
    """Return the English words that a reader of the page sees or hears."""
    heard = [*TITLE.findall(page), *SPOKEN.findall(page), *BUTTON.findall(page)]
    seen = re.sub(r"<[^>]+>", " ", UNSEEN.sub(" ", page))
    text = html.unescape(" ".join([seen, *heard]))
    # "Type A" is what the makers call that kind of card.
    words = re.findall(r"[A-Za-z]{3,}", re.sub(r"\S+@\S+|https?://\S+|Type A\b", " ", text))
    return {word for word in words if word.lower() not in USUAL}
