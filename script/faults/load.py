"""Readers and writers of a Quoin that was just started: load.py URL SET_PASSWORD_LINK OUTPUT

Signs in by the link, makes a publication, and then has anonymous readers ask the same query, signed-in readers ask the same
query and writers create posts, until it is terminated. Each request is a line of the output: when it began (seconds since the
epoch), how many seconds it took, who asked (cached, read, write), the status (0: no response), whether all was well (1 or 0),
and the header Retry-After, or "-".
"""

import http.client
import json
import re
import signal
import sys
import threading
import time
from urllib.parse import parse_qs, urlsplit

url, link, output = sys.argv[1:4]
host = urlsplit(url).netloc
password = "correct horse battery staple"
finished = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: finished.set())


class Client:
    """One connection, as one user has it."""

    def __init__(self):
        self.connection = None
        self.cookies = {}

    def send(self, method, path, body=None, headers=()):
        if self.connection is None:
            self.connection = http.client.HTTPConnection(host, timeout=60)
        headers = {"Content-Type": "application/json", **dict(headers)}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        try:
            self.connection.request(method, path, json.dumps(body) if body is not None else None, headers)
            response = self.connection.getresponse()
            text = response.read().decode()
        except (OSError, http.client.HTTPException):
            self.connection.close()
            self.connection = None
            raise
        for cookie in response.headers.get_all("Set-Cookie") or []:
            name, value = cookie.split(";")[0].split("=", 1)
            self.cookies[name] = value
        return response, text

    def auth(self, path, body):
        token = json.loads(self.send("GET", "/auth/csrf")[1])["csrfToken"]
        response, text = self.send("POST", path, body, {"Quoin-CSRF": token})
        if response.status >= 300:
            sys.exit(f"{path}: {response.status} {text}")
        return json.loads(text)


def graphql(client, query, variables=None, token=None):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return client.send("POST", "/graphql", {"query": query, "variables": variables or {}}, headers)


user = Client()
secret = parse_qs(urlsplit(link).query)["token"][0]
user.auth("/auth/reset-password", {"token": secret, "password": password})
email = "ann@quoin.test"
access = user.auth("/auth/sign-in", {"email": email, "password": password})["accessToken"]
made = graphql(user, 'mutation { publicationCreate(input: {title: "Faults"}) { publication { id } } }', token=access)[1]
publication = re.search(r'"id":"([^"]+)"', made).group(1)

READ = "{ posts(first: 20) { nodes { title author { displayName } tags { name } } } }"
WRITE = "mutation ($p: ID!, $t: String!) { postCreate(input: {publicationId: $p, title: $t}) { post { id } userErrors { code } } }"
lines = open(output, "a", buffering=1)
lock = threading.Lock()


def work(number, kind):
    client, round = Client(), 0
    while not finished.is_set():
        round += 1
        begun = time.time()
        status, well, retry_after = 0, 0, "-"
        try:
            if kind == "write":
                variables = {"p": publication, "t": f"Post {number} {round}"}
                response, text = graphql(client, WRITE, variables, access)
            else:
                response, text = graphql(client, READ, token=access if kind == "read" else None)
            status, retry_after = response.status, response.headers.get("Retry-After", "-")
            well = int(status == 200 and '"errors"' not in text and '"post":null' not in text)
        except (OSError, http.client.HTTPException):
            pass
        with lock:
            lines.write(f"{begun:.3f} {time.time() - begun:.3f} {kind} {status} {well} {retry_after}\n")
        # Some hundred requests a second are load enough.
        finished.wait(0.02)


kinds = ["cached"] * 4 + ["read"] * 4 + ["write"] * 4
threads = [threading.Thread(target=work, args=item) for item in enumerate(kinds)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
