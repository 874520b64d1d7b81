# SPDX-License-Identifier: EUPL-1.2
"""A small client of FLORA's public HTTP API, as an agency's own system would carry one. Standard library only."""
import http.client
import json
import time
import uuid


class Refused(Exception):
    """The API answered with a problem document (RFC 9457)."""

    def __init__(self, status, problem):
        super().__init__("%s %s: %s" % (status, problem.get("name", ""), problem.get("detail") or problem.get("title", "")))
        self.status, self.problem = status, problem


class Client:
    """One signed-in program or officer at one authority's origin. Keeps its connection; repeats what the node was too busy for."""

    def __init__(self, port, token=None):
        self.port, self.token, self.cookie, self.csrf = port, token, None, None
        self.connection = None

    @classmethod
    def officer(cls, port, user):
        """Signs an invented officer of a demo home in."""
        client = cls(port)
        session = client.post("/api/v1/session", {"user": user})
        client.csrf = session["csrf"]
        return client

    def get(self, path):
        return self.send("GET", path)

    def post(self, path, body, key=None):
        return self.send("POST", path, body, key)

    def record(self, facts, preview=False):
        """Facts in order; returns one result each, and raises only if the request as a whole was refused."""
        answer = self.post("/api/v1/facts" + ("?preview=true" if preview else ""), {"facts": facts}, key=str(uuid.uuid4()))
        return answer["results"]

    def send(self, method, path, body=None, key=None):
        headers = {"Accept": "application/json"}
        if self.token:
            headers["Authorization"] = "Bearer " + self.token
        if self.cookie:
            headers["Cookie"] = self.cookie
        if self.csrf:
            headers["X-CSRF-Token"] = self.csrf
        if key:
            headers["Idempotency-Key"] = key
        data = None
        if body is not None:
            data = json.dumps(body).encode()
            headers["Content-Type"] = "application/json"
        for _ in range(50):
            status, answer, retry_after = self._once(method, path, data, headers)
            in_flight = status == 409 and isinstance(answer, dict) and answer.get("name") == "in_flight"
            if status not in (429, 503) and not in_flight:
                break
            time.sleep(min(float(retry_after or 0.2), 2.0))
        if status >= 400:
            raise Refused(status, answer if isinstance(answer, dict) else {"title": str(answer)})
        return answer

    def _once(self, method, path, data, headers):
        for attempt in (1, 2):
            try:
                if self.connection is None:
                    self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
                self.connection.request(method, path, body=data, headers=headers)
                response = self.connection.getresponse()
                raw = response.read()
                break
            except (http.client.HTTPException, ConnectionError):
                # A kept connection may have been closed meanwhile; the idempotency key makes a repetition safe.
                self.connection = None
                if attempt == 2:
                    raise
        cookie = response.getheader("Set-Cookie")
        if cookie:
            self.cookie = cookie.split(";")[0]
        answer = json.loads(raw) if raw and "json" in (response.getheader("Content-Type") or "") else raw.decode("utf-8", "replace")
        return response.status, answer, response.getheader("Retry-After")
