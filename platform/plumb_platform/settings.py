"""Settings from the environment (`PLUMB_...`), read once at the edge and passed inwards."""

import hashlib
import hmac
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import quote, urlsplit, urlunsplit

from pydantic import Field, SecretStr, TypeAdapter, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

APP_ROLE, PLATFORM_ROLE, OWNER_ROLE = "plumb_app", "plumb_platform", "plumb_owner"
SHORTEST_SECRET = 32
SIGNING_KEYS = "signing keys"
"""Purpose of the derived key under which companies' signing keys are encrypted."""
SECOND_FACTORS = "second factors"
"""Purpose of the derived key under which the secrets of authenticators are encrypted."""
LINKS = "short links"
"""Purpose of the derived key under which short-lived links are signed."""
COPIES = "marked copies"
"""Purpose of the derived key by which a marked copy is known again."""
Keys = tuple[bytes, ...]
"""Keys of one purpose: the first makes whatever is new, each opens and proves what was made by it."""


class SettingUnfit(ValueError):
    """Nobody can go on with a setting; the text names it, and never its value."""


class Settings(BaseSettings):
    """Everything an operator can set; the defaults serve one machine with nothing installed."""

    model_config = SettingsConfigDict(env_prefix="PLUMB_", extra="ignore", frozen=False, hide_input_in_errors=True)

    home: Path = Field(default=Path("var"), description="Folder of the embedded servers, files and keys.")
    database_url: str = Field(default="", description="postgresql:// URL of a role that may create roles; used by migrate.")
    app_database_url: str = Field(default="", description="URL of the product role; derived from database_url if empty.")
    platform_database_url: str = Field(default="", description="URL of the platform role; derived if empty.")
    redis_url: str = Field(default="", description="redis:// or unix:// URL of Redis or Valkey.")
    secret_key: SecretStr = Field(default=SecretStr(""), description="At least 32 characters; made in home if empty.")
    accepted_secret_keys: Annotated[list[SecretStr], NoDecode] = Field(
        default=[], description="Secret keys that hold beside it while it is changed, as a JSON array."
    )
    public_url: str = Field(default="http://127.0.0.1:8000", description="Address that people and QR codes use.")
    timestamp_servers: dict[str, str] = Field(default={}, description="Timestamp servers (RFC 3161) by name, as a JSON object.")
    timestamp_roots: Path | None = Field(default=None, description="PEM file of the roots that timestamp servers lead to.")
    pkcs11_module: str = Field(default="", description="PKCS#11 library for new sealing keys; empty keeps them encrypted here.")
    pkcs11_token: str = Field(default="", description="Label of the token.")
    pkcs11_pin: SecretStr = Field(default=SecretStr(""), description="The token's user PIN.")
    storage_url: str = Field(default="", description="file:// or s3:// URL of the file store; a folder in home if empty.")
    scan_url: str = Field(default="", description="tcp:// or unix:// URL of clamd; uploads are not scanned if empty.")
    scan_seconds: float = Field(default=10, gt=0, le=60, description="How long a scan may take before the upload is refused.")
    pool_size: int = Field(default=10, ge=1, le=200, description="Database connections of one process.")
    api_workers: int = Field(default=1, ge=1, le=64, description="Processes of one `plumb api`; each has connections of its own.")
    read_seconds: float = Field(default=30, gt=0, description="How long a statement of a read may take in the database.")
    change_seconds: float = Field(default=60, gt=0, description="How long a statement of a change may take there.")
    job_seconds: float = Field(default=600, gt=0, description="How long a statement of a job may take there.")
    lock_seconds: float = Field(default=20, gt=0, description="How long a change waits for another's lock; a job, six times so.")
    silent_seconds: float = Field(default=120, gt=0, description="How long a transaction may be silent; of a job, six times so.")
    company_rate: int = Field(default=60_000, ge=0, description="Requests of one company a minute, in all; 0 does not limit.")
    token_rate: int = Field(default=6_000, ge=0, description="Requests of its API tokens a minute; 0 does not limit.")
    body_limit: int = Field(default=4 * 1024 * 1024, description="Largest request body in bytes.")
    session_hours: int = Field(default=12, ge=1, description="How long a sign-in lasts.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(default="INFO", description="Least severe log line written.")
    sentry_dsn: str = Field(default="", description="Where unexpected errors are reported; nowhere if empty.")
    metrics_port: int = Field(default=0, description="Port of /metrics on its own; 0 serves it beside the API.")

    @field_validator("accepted_secret_keys", mode="before")
    @classmethod
    def _read_array(cls, given: Any) -> Any:
        """Read the JSON array; what is blank, as a variable that a script leaves empty, holds none."""
        if not isinstance(given, str):
            return given
        try:
            return TypeAdapter(list[str]).validate_json(given.strip() or "[]", strict=True)
        except ValidationError:
            raise SettingUnfit('not a JSON array of texts, as ["..."]') from None

    @field_validator("database_url", "app_database_url", "platform_database_url", "redis_url")
    @classmethod
    def _check_url(cls, given: str, info: ValidationInfo) -> str:
        """Refuse what is no URL of its kind, without a word of it: a password that was not written out may be why."""
        schemes = ("redis", "rediss", "unix") if info.field_name == "redis_url" else ("postgresql", "postgres")
        if given and not _is_url(given, schemes):
            raise SettingUnfit(f"not a {schemes[0]}:// URL; in a password / is written %2F, @ %40, # %23, ? %3F and : %3A")
        return given

    @cached_property
    def secrets(self) -> Keys:
        """Return the secret key, made once in `home` when the operator gave none, and those that hold beside it."""
        given = self.secret_key.get_secret_value()
        accepted = [each.get_secret_value() for each in self.accepted_secret_keys]
        for name, secret in (("PLUMB_SECRET_KEY", given or None), *(("PLUMB_ACCEPTED_SECRET_KEYS", each) for each in accepted)):
            if secret is not None and len(secret) < SHORTEST_SECRET:
                raise SettingUnfit(f"{name} must have at least {SHORTEST_SECRET} characters")
        first = given.encode() if given else _kept_secret(self.home / "secret.key")
        return tuple(dict.fromkeys((first, *(each.encode() for each in accepted))))

    def derived_keys(self, purpose: str) -> Keys:
        """Return 32 bytes of each secret for one purpose, so that no key serves two."""
        return tuple(hmac.digest(secret, purpose.encode(), hashlib.sha256) for secret in self.secrets)

    def role_passwords(self, role: str) -> list[str]:
        """Return the database passwords that one of our roles may have; `plumb migrate` gives it the first."""
        return [key.hex() for key in self.derived_keys(f"database role {role}")]

    def role_url(self, role: str) -> str:
        """Return the URL by which `role` logs in."""
        given = {APP_ROLE: self.app_database_url, PLATFORM_ROLE: self.platform_database_url}.get(role, "")
        return given or with_user(self.database_url, role, self.role_passwords(role)[0])

    @property
    def secure_cookies(self) -> bool:
        """Return whether people reach us by https, so that cookies carry `__Host-` and Secure."""
        return self.public_url.startswith("https://")


def _is_url(given: str, schemes: tuple[str, ...]) -> bool:
    try:
        parts = urlsplit(given)
        _ = parts.port  # raises where it is no number
    except ValueError:
        return False
    return parts.scheme in schemes


def with_user(url: str, user: str, password: str) -> str:
    """Return the database URL with another user."""
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{quote(user)}:{quote(password)}@{place}"))


def with_database(url: str, database: str) -> str:
    """Return the database URL with another database name."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{quote(database)}"))


def _kept_secret(path: Path) -> bytes:
    """Return the secret in a file, made whole or not at all: of an empty one every key could be guessed."""
    import os
    import secrets

    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        making = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
        try:
            with open(making, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
                file.write(secrets.token_hex(32).encode())
                file.flush()
                os.fsync(file.fileno())
            os.link(making, path)
        except FileExistsError:
            pass  # another process was faster
        finally:
            making.unlink(missing_ok=True)
    value = path.read_bytes()
    if len(value) < SHORTEST_SECRET:
        raise SettingUnfit(f"{path} must have at least {SHORTEST_SECRET} characters")
    return value
