"""A FeliCa card in a process of its own: `python bridge_card.py PORT IDM SYSTEM`.

nfcpy stops listening at once only when its process ends, so whoever starts this kills it.
"""

import sys

import nfc


def main() -> None:
    port, idm, system = sys.argv[1:]
    frontend = nfc.ContactlessFrontend(f"udp:127.0.0.1:{port}")

    def on_startup(target):
        target.brty = "212F"
        target.sensf_res = bytearray.fromhex("01" + idm + "0120220427674EFF" + system)
        return target

    def on_connect(tag):
        tag.add_service(0x000B, lambda block, begin, end: bytearray(16), lambda *given: False)
        return True

    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while True:
        frontend.connect(card={"on-startup": on_startup, "on-connect": on_connect, "timeout": 10.0})


if __name__ == "__main__":
    main()
