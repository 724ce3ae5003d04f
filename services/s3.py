"""Starts moto, and lets one request at a time into it: `python3 s3.py -H HOST -p PORT`.

moto's threads share objects without a lock. A PUT closes the file of the object that it replaces, also while another
request reads it: of twenty requests for one name at once, some were answered by 500. Requests still arrive and leave in
threads of their own, so a client that stalls holds up nobody.
"""

import io
import threading

from moto import server


class OneAtATime:
    def __init__(self, app):
        self.app = app
        self.lock = threading.Lock()

    def __call__(self, environ, start_response):
        environ["wsgi.input"] = io.BytesIO(whole_body(environ))
        environ["wsgi.input_terminated"] = True
        with self.lock:
            answer = self.app(environ, start_response)
            try:
                return [b"".join(answer)]
            finally:
                getattr(answer, "close", lambda: None)()


def whole_body(environ):
    body = environ["wsgi.input"]
    if environ.get("wsgi.input_terminated"):
        return body.read()
    return body.read(int(environ.get("CONTENT_LENGTH") or 0))


run_simple = server.run_simple
server.run_simple = lambda host, port, app, **options: run_simple(host, port, OneAtATime(app), **options)
server.main()
