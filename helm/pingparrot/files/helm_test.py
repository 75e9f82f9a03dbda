"""`helm test`: page a person made for it, and see the page arrive at a sink in this pod."""

import json
import os
import secrets
import socket
import sys
import threading
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

URL = os.environ["PINGPARROT_URL"]
END = time.monotonic() + float(os.environ["TIMEOUT_S"])
heard = []


class Sink(BaseHTTPRequestHandler):
    def do_POST(self):
        heard.append(self.rfile.read(int(self.headers.get("Content-Length", 0))).decode())
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


def call(method, path, body=None):
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(URL + path, data, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.loads(answer.read() or "null")
    except OSError as error:
        said = error.read().decode() if isinstance(error, urllib.error.HTTPError) else ""
        sys.exit(f"FAILED: {method} {path}: {error} {said}")


def until(what, look):
    while not (found := look()):
        if time.monotonic() > END:
            sys.exit(f"FAILED: {what} did not happen in time")
        time.sleep(0.2)
    return found


def ready():
    try:
        return urllib.request.urlopen(f"{URL}/readyz", timeout=10).status == 200
    except OSError:
        return False


until("the server's readiness", ready)
token = ""
with open("/run/secrets/pingparrot/admin-password", encoding="utf-8") as file:
    password = file.read().strip()
token = call("POST", "/api/auth/login", {"email": os.environ["ADMIN_EMAIL"], "password": password})["token"]

ip = os.environ["POD_IP"]
if ":" in ip:
    ThreadingHTTPServer.address_family = socket.AF_INET6
sink = ThreadingHTTPServer((ip, 0), Sink)
address = f"[{ip}]:{sink.server_port}" if ":" in ip else f"{ip}:{sink.server_port}"
threading.Thread(target=sink.serve_forever, daemon=True).start()

name = f"helm-test-{secrets.token_hex(4)}"
user = call("POST", "/api/users", {"email": f"{name}@example.com", "name": name})["id"]
page = None
try:
    call("POST", f"/api/users/{user}/contacts", {"url": f"http://{address}/"})
    sent = {"subject": name, "message": "This is helm test.", "priority": "low", "expires_minutes": 5}
    page = call("POST", "/api/pages", {**sent, "delivery_mode": "single", "target_user_id": user})["page_id"]
    until("the page's arrival at the sink", lambda: [body for body in heard if name in body])
    print(f"page {page} arrived at {address}")

    def delivered():
        recipients = call("GET", f"/api/pages/{page}")["recipients"]
        return [one for one in recipients if one["user_id"] == user and one["first_sent_at"]]

    print("the server says:", json.dumps(until("the page's delivery on record", delivered)[0]["delivery"]))
finally:
    if page is not None:
        call("DELETE", f"/api/pages/{page}")
    call("DELETE", f"/api/users/{user}")
print("PASSED")
