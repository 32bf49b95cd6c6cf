"""An identity provider that really signs: keys made in the test, tokens, and a key set on disk or on loopback."""

import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Self

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

ISSUER, AUDIENCE = "https://idp.example", "lineward"


@dataclass
class Signer:
    """One key of the provider."""

    kid: str
    algorithm: str = "ES256"
    private: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey = field(init=False)

    def __post_init__(self) -> None:
        if self.algorithm.startswith("ES"):
            self.private = ec.generate_private_key(ec.SECP256R1())
        else:
            self.private = rsa.generate_private_key(65537, 2048)

    @property
    def jwk(self) -> dict:
        kind = ECAlgorithm if isinstance(self.private, ec.EllipticCurvePrivateKey) else RSAAlgorithm
        public = json.loads(kind.to_jwk(self.private.public_key()))
        return {**public, "kid": self.kid, "use": "sig"}

    def token(self, *, kid: bool = True, header: dict | None = None, **claims: object) -> str:
        """Return a token for ann, valid for two hours; *claims* change what it says, `None` leaves one out."""
        said = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": "ann",
            "groups": ["finance"],
            "exp": time.time() + 7200,
            **claims,
        }
        said = {name: value for name, value in said.items() if value is not None}
        headers = {**({"kid": self.kid} if kid else {}), **(header or {})}
        return jwt.encode(said, self.private, algorithm=self.algorithm, headers=headers)


def key_set(*signers: Signer) -> bytes:
    return json.dumps({"keys": [signer.jwk for signer in signers]}).encode()


def written(folder: Path, *signers: Signer) -> Path:
    path = folder / "jwks.json"
    path.write_bytes(key_set(*signers))
    return path


class KeyServer:
    """Serves a key set on loopback, and counts how often it is asked."""

    def __init__(self, *signers: Signer) -> None:
        self.body, self.status, self.asked = key_set(*signers), 200, 0
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.asked += 1
                self.send_response(server.status)
                self.send_header("content-length", str(len(server.body)))
                self.end_headers()
                self.wfile.write(server.body)

            def log_message(self, *_: object) -> None:
                pass

        self._http = HTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True)
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}/jwks"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._thread.join(5)
        self._http.server_close()
