"""A webhook receiver for tests, on a loopback port of its own, that answers as it is told.

The signature is checked here as the receivers' guide of Standard Webhooks has it, with nothing but
Python's own hmac.
"""

import base64
import hashlib
import hmac
import http.server
import ssl
import threading
import time


def key_of(secret):
    """The bytes of a secret: base64 behind whsec_, or the text itself."""
    if secret.startswith("whsec_"):
        return base64.b64decode(secret[len("whsec_"):])
    return secret.encode()


def signature_of(secret, message_id, timestamp, body):
    text = f"{message_id}.{timestamp}.".encode() + body
    digest = hmac.new(key_of(secret), text, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


class Received:
    def __init__(self, headers, body, path):
        self.headers = {name.lower(): value for name, value in headers.items()}
        self.body = body
        self.path = path
        self.at = time.time()
        self.id = self.headers.get("webhook-id")

    def signatures(self):
        return self.headers["webhook-signature"].split(" ")

    def is_signed_by(self, secret):
        return signature_of(secret, self.id, self.headers["webhook-timestamp"],
                            self.body) in self.signatures()


class Receiver:
    """`answers` are taken one after the other, the last one for ever: (status, headers, body), or a
    function that gets the request handler and writes what it likes."""

    def __init__(self, answers=((200, {}, b"ok"),), certificate=None, port=0):
        self.answers = list(answers)
        self.received = []
        self.released = threading.Event()
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                length = int(self.headers.get("Content-Length", 0))
                receiver.received.append(Received(self.headers, self.rfile.read(length), self.path))
                receiver.answer(self)

            def do_GET(self):
                receiver.received.append(Received(self.headers, b"GET", self.path))
                receiver.answer(self)

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                pass  # clients that hang up are what some tests are about

        self.server = Server(("127.0.0.1", port), Handler)
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True,
                                                     do_handshake_on_connect=False)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, handler):
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if callable(answer):
            answer(handler)
            return
        status, headers, body = answer
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def stop(self):
        self.released.set()
        self.server.shutdown()
        self.server.server_close()
