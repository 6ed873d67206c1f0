"""A server as they were before 2010: TLS 1.2 by hand, without the extension for secure renegotiation.

No library of today leaves that extension out, and clients of today refuse servers that do.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import socketserver
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

_HANDSHAKE, _DATA, _CHANGE = 22, 23, 20
_VERSION = b"\x03\x03"
_CIPHER = b"\x00\x2f"  # TLS_RSA_WITH_AES_128_CBC_SHA


def _prf(secret: bytes, label: bytes, seed: bytes, size: int) -> bytes:
    out, block = b"", label + seed
    while len(out) < size:
        block = hmac.digest(secret, block, hashlib.sha256)
        out += hmac.digest(secret, block + label + seed, hashlib.sha256)
    return out[:size]


def _message(kind: int, body: bytes) -> bytes:
    return bytes([kind]) + len(body).to_bytes(3, "big") + body


class _Keys:
    """One direction: AES-128-CBC with HMAC-SHA1."""

    def __init__(self, mac: bytes, key: bytes) -> None:
        self.mac, self.key, self.count = mac, key, 0

    def _tag(self, kind: int, data: bytes) -> bytes:
        head = struct.pack(">Q", self.count) + bytes([kind]) + _VERSION + struct.pack(">H", len(data))
        self.count += 1
        return hmac.digest(self.mac, head + data, hashlib.sha1)

    def seal(self, kind: int, data: bytes) -> bytes:
        data += self._tag(kind, data)
        pad = 15 - len(data) % 16
        data += bytes([pad]) * (pad + 1)
        vector = os.urandom(16)
        encryptor = Cipher(algorithms.AES(self.key), modes.CBC(vector)).encryptor()
        return vector + encryptor.update(data) + encryptor.finalize()

    def open(self, kind: int, sealed: bytes) -> bytes:
        decryptor = Cipher(algorithms.AES(self.key), modes.CBC(sealed[:16])).decryptor()
        data = decryptor.update(sealed[16:]) + decryptor.finalize()
        data = data[: -data[-1] - 1]
        data, tag = data[:-20], data[-20:]
        assert tag == self._tag(kind, data)
        return data


class _Session(socketserver.StreamRequestHandler):
    server: Old

    def record(self) -> tuple[int, bytes]:
        head = self.rfile.read(5)
        if len(head) < 5:
            raise ConnectionError
        return head[0], self.rfile.read(int.from_bytes(head[3:], "big"))

    def send(self, kind: int, data: bytes) -> None:
        self.wfile.write(bytes([kind]) + _VERSION + struct.pack(">H", len(data)) + data)

    def handle(self) -> None:
        try:
            self.speak()
        except ConnectionError:  # the client did not like what it saw
            return

    def speak(self) -> None:
        _, hello = self.record()
        theirs, ours = hello[6:38], os.urandom(32)
        chain = b"".join(len(der).to_bytes(3, "big") + der for der in self.server.chain)
        answer = (
            _message(2, _VERSION + ours + b"\x00" + _CIPHER + b"\x00")
            + _message(11, len(chain).to_bytes(3, "big") + chain)
            + _message(14, b"")
        )
        self.send(_HANDSHAKE, answer)
        kind, exchange = self.record()
        if kind != _HANDSHAKE:  # an alert
            raise ConnectionError
        early = self.server.key.decrypt(exchange[6:], padding.PKCS1v15())
        master = _prf(early, b"master secret", theirs + ours, 48)
        block = _prf(master, b"key expansion", ours + theirs, 72)
        reads, writes = _Keys(block[:20], block[40:56]), _Keys(block[20:40], block[56:72])
        assert self.record() == (_CHANGE, b"\x01")
        said = hello + answer + exchange
        finished = reads.open(_HANDSHAKE, self.record()[1])
        assert finished[4:] == _prf(master, b"client finished", hashlib.sha256(said).digest(), 12)
        said += finished
        self.send(_CHANGE, b"\x01")
        mine = _message(20, _prf(master, b"server finished", hashlib.sha256(said).digest(), 12))
        self.send(_HANDSHAKE, writes.seal(_HANDSHAKE, mine))
        request = b""
        while not request.endswith(b"\r\n\r\n"):
            kind, data = self.record()
            if kind != _DATA:
                raise ConnectionError
            request += reads.open(_DATA, data)
        body = self.server.answer(request.split()[1].decode())
        head = f"HTTP/1.1 {200 if body else 404} -\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        self.send(_DATA, writes.seal(_DATA, head.encode() + body))
        self.send(21, writes.seal(21, b"\x01\x00"))


class Old(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, host: str, key: rsa.RSAPrivateKey, chain: list[bytes], answer: Callable[[str], bytes]) -> None:
        super().__init__((host, 0), _Session)
        self.key, self.chain, self.answer = key, chain, answer


@contextmanager
def old_server(host: str, key: rsa.RSAPrivateKey, chain: list[bytes], answer: Callable[[str], bytes]) -> Iterator[int]:
    """Its port; `answer` has the body for a path, empty for 404."""
    with Old(host, key, chain, answer) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()
