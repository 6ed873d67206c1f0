"""Run by a Python that has pywb: answers of a collection's captures, one JSON array a line of `stamp address`.

pywb pins libraries that Scrapy has newer ones of, so it lives in an environment of its own.
"""

import gevent.monkey

gevent.monkey.patch_all()

import hashlib  # noqa: E402 - gevent comes first
import json  # noqa: E402 - as above
import os  # noqa: E402 - as above
import sys  # noqa: E402 - as above

from pywb.apps.frontendapp import FrontEndApp  # noqa: E402 - as above
from werkzeug.test import Client  # noqa: E402 - as above

os.chdir(sys.argv[1])
client = Client(FrontEndApp())
for line in sys.stdin:
    stamp, url = line.split()
    answer = client.get(f"/g/{stamp}id_/{url}")
    said = [answer.status_code, hashlib.sha256(answer.data).hexdigest(), answer.headers.get("Location")]
    sys.stdout.write(f"answer {json.dumps(said)}\n")
