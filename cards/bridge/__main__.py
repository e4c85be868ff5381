"""Run the bridge: `python -m cards.bridge --site https://points.example.jp`."""

import argparse
import secrets
import sys
import threading
import time
from pathlib import Path
from typing import Final

from cards.bridge.reader import NfcReader, ReaderMissing
from cards.bridge.server import PORT, BridgeServer, Counter

SIGNS: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
CODE_LENGTH: Final = 20  # 100 bits
# One card that lies on the reader is one tap.
SAME_CARD_SECONDS: Final = 2.0
CODE_FILE: Final = Path.home() / ".pointsys-bridge-code"


def connection_code(file: Path) -> str:
    """Return this machine's connection code; the first start makes it, for its user's eyes only."""
    if file.exists():
        return file.read_text(encoding="ascii").strip()
    signs = "".join(secrets.choice(SIGNS) for _ in range(CODE_LENGTH))
    code = "-".join(signs[start : start + 5] for start in range(0, CODE_LENGTH, 5))
    file.touch(mode=0o600)
    file.write_text(code, encoding="ascii")
    return code


def watch(reader: NfcReader, counter: Counter, is_over: threading.Event) -> None:
    """Lay every card that is held to the reader on the counter, until the end."""
    last, last_at = "", 0.0
    while not is_over.is_set():
        card = reader.wait(is_over=is_over.is_set)
        now = time.monotonic()
        if card and (card != last or now - last_at > SAME_CARD_SECONDS):
            counter.lay(card)
        if card:
            last, last_at = card, now
        # A reader that was pulled out answers at once, and with nothing.
        is_over.wait(0.2)


def main(arguments: list[str] | None = None) -> int:
    """Serve until the program is stopped."""
    parser = argparse.ArgumentParser(prog="python -m cards.bridge")
    parser.add_argument("--site", required=True, help="https://… of the terminal's page")
    parser.add_argument("--reader", default="usb", help="path of the reader as nfcpy names it")
    parser.add_argument("--port", type=int, default=PORT)
    parser.add_argument("--code-file", type=Path, default=CODE_FILE)
    parser.add_argument("--allow-simulated-reader", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    counter, is_over = Counter(), threading.Event()
    code = connection_code(given.code_file)
    try:
        reader = NfcReader(given.reader, is_test=given.allow_simulated_reader)
        server = BridgeServer(counter, site=given.site, code=code, port=given.port)
    except (ReaderMissing, ValueError, OSError) as problem:
        sys.stderr.write(f"カードリーダーの橋わたしを始められません: {problem}\n")
        return 1
    sys.stdout.write(f"カードリーダーの橋わたしが動いています。\n接続コード: {code}\n")
    sys.stdout.flush()
    watcher = threading.Thread(target=watch, args=(reader, counter, is_over), daemon=True)
    watcher.start()
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        sys.stdout.write("終わります。\n")
    finally:
        is_over.set()
        watcher.join(timeout=2)
        server.server_close()
        reader.close()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
