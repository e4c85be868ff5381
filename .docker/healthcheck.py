"""Ask the server of this container whether it is well; exit 0 if it is."""

import os
import sys
import urllib.error
import urllib.request
from urllib.parse import urlsplit

request = urllib.request.Request(
    "http://127.0.0.1:8000/healthz",
    # Only the hosts in ALLOWED_HOSTS are answered.
    headers={"Host": urlsplit(os.environ["SITE_ORIGIN"]).netloc},
)
try:
    with urllib.request.urlopen(request, timeout=8) as answer:  # noqa: S310  a fixed address
        sys.exit(0 if answer.status == 200 else 1)
except (urllib.error.URLError, OSError):
    sys.exit(1)
