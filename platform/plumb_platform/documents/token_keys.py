"""The one module that knows PKCS#11: P-256 keys that are made in a token, sign there, and never leave it."""

import hashlib
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NoReturn, TypeVar

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from plumb_platform.documents.key_vault import KeyLocked, TokenUnavailable
from plumb_platform.ids import uuid7

Result = TypeVar("Result")
CURVE = "secp256r1"


class TokenKeys:
    """The keys of all companies in one token: found by their own id under the company's, so that none opens as another's."""

    def __init__(self, module: str, *, token: str, pin: str) -> None:
        """Take the path of the PKCS#11 library, the label of the token and the user's PIN; opened when first needed."""
        self._module, self._label, self._pin = module, token, pin
        self._session: Any = None
        # Finding a key takes a token ten times as long as signing with it; what was found lives as long as the session.
        self._found: dict[tuple[str, bytes], Any] = {}
        # A PKCS#11 session does one operation at a time, and letters are sealed in threads.
        self._lock = threading.RLock()

    def make(self, company_id: str) -> tuple[ec.EllipticCurvePrivateKey, bytes]:
        """Make a key pair in the token; return the key and its id there."""
        place = uuid7().hex.encode()
        self.use(lambda session: _generate(session, company_id, place))
        return self.open(place, company_id), place

    def open(self, place: bytes, company_id: str) -> ec.EllipticCurvePrivateKey:
        """Return the key under an id; raises KEY_LOCKED when the token holds none for this company, TOKEN_UNAVAILABLE."""
        public = self.use(lambda session: _public_key(session, company_id, place))
        return _TokenKey(public, lambda digest: self.use(lambda session: self._signed(session, company_id, place, digest)))

    def use(self, act: Callable[[Any], Result]) -> Result:
        """Do something with the session; one that was lost (the token was away) is opened once more."""
        from pkcs11.exceptions import NoSuchKey, PKCS11Error

        with self._lock:
            for last in (False, True):
                try:
                    if self._session is None:
                        self._session = self._opened()
                    return act(self._session)
                except NoSuchKey as problem:
                    raise KeyLocked from problem
                except (PKCS11Error, RuntimeError, OSError) as problem:
                    self._close()
                    if last:
                        raise TokenUnavailable(reason=type(problem).__name__) from problem
        raise AssertionError("unreachable")

    def _signed(self, session: Any, company_id: str, place: bytes, digest: bytes) -> bytes:
        from pkcs11 import KeyType, Mechanism, ObjectClass

        key = self._found.get((company_id, place))
        if key is None:
            key = session.get_key(ObjectClass.PRIVATE_KEY, KeyType.EC, label=company_id, id=place)
            self._found[company_id, place] = key
        numbers = key.sign(digest, mechanism=Mechanism.ECDSA)
        half = len(numbers) // 2
        return encode_dss_signature(int.from_bytes(numbers[:half]), int.from_bytes(numbers[half:]))

    def _opened(self) -> Any:
        import pkcs11

        token = pkcs11.lib(self._module).get_token(token_label=self._label)
        try:
            return token.open(rw=True, user_pin=self._pin)
        except pkcs11.exceptions.UserAlreadyLoggedIn:
            # The login is the process's, not the session's, and may outlive the session that was lost.
            return token.open(rw=True)

    def _close(self) -> None:
        from pkcs11.exceptions import PKCS11Error

        session, self._session = self._session, None
        self._found.clear()
        if session is not None:
            with suppress(PKCS11Error):
                session.close()


class _TokenKey(ec.EllipticCurvePrivateKey):
    """A key of the token where cryptography and pyHanko expect one of their own; only signing is asked of it."""

    def __init__(self, public: ec.EllipticCurvePublicKey, sign_digest: Callable[[bytes], bytes]) -> None:
        self._public, self._sign_digest = public, sign_digest

    def public_key(self) -> ec.EllipticCurvePublicKey:
        return self._public

    @property
    def curve(self) -> ec.EllipticCurve:
        return self._public.curve

    @property
    def key_size(self) -> int:
        return self._public.key_size

    def sign(self, data: Any, signature_algorithm: ec.EllipticCurveSignatureAlgorithm) -> bytes:
        if not isinstance(signature_algorithm.algorithm, hashes.SHA256):
            raise TypeError("the token signs SHA-256 digests only")
        return self._sign_digest(hashlib.sha256(data).digest())

    def exchange(self, algorithm: ec.ECDH, peer_public_key: ec.EllipticCurvePublicKey) -> NoReturn:  # noqa: ARG002 - cryptography's own names
        raise TypeError("a sealing key only signs")

    def private_numbers(self) -> NoReturn:
        raise TypeError("the key never leaves its token")

    def private_bytes(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("the key never leaves its token")

    def __copy__(self) -> "_TokenKey":
        return self

    def __deepcopy__(self, memo: dict[Any, Any]) -> "_TokenKey":
        return self


def _generate(session: Any, company_id: str, place: bytes) -> None:
    from pkcs11 import Attribute, KeyType
    from pkcs11.util.ec import encode_named_curve_parameters

    curve = session.create_domain_parameters(KeyType.EC, {Attribute.EC_PARAMS: encode_named_curve_parameters(CURVE)}, local=True)
    curve.generate_keypair(
        id=place,
        label=company_id,
        store=True,
        private_template={Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False},
    )


def _public_key(session: Any, company_id: str, place: bytes) -> ec.EllipticCurvePublicKey:
    from pkcs11 import KeyType, ObjectClass
    from pkcs11.util.ec import encode_ec_public_key

    found = session.get_key(ObjectClass.PUBLIC_KEY, KeyType.EC, label=company_id, id=place)
    loaded = serialization.load_der_public_key(encode_ec_public_key(found))
    if not isinstance(loaded, ec.EllipticCurvePublicKey):
        raise KeyLocked
    return loaded
