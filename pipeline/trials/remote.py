"""A place outside of this disk that keeps parcels of trials by their keys: a folder, an SSH server or an S3 bucket.

``<url>/<first two digits of the key>/<key>.zip``. An object is there whole or not at all: S3 puts it in one step, a
folder and SSH get it under another name, which is then renamed. Who reads one still checks it; see parcels.py.

Credentials are those of each protocol's own configuration (~/.aws, AWS_…, ~/.ssh/config, an SSH agent).
"""

import importlib
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from pipeline.errors import HoldoutError
from pipeline.storage import atomic

NAME = re.compile(r"(?P<key>[0-9a-f]{16})\.zip")
SECONDS = 10  # until a server must have answered a first time
FORMS = "a folder, file:///folder, sftp://host/folder, ssh://host/folder or s3://bucket/folder"
EXTRA = "pip install 'holdout[remote]'"


class NotThere(HoldoutError):
    """The remote has no such trial."""


class Unreachable(HoldoutError):
    """The remote did not do what it was asked for, whichever trial it was."""


def _folder(parts: SplitResult) -> Any:
    from fsspec.implementations.local import LocalFileSystem

    return LocalFileSystem(auto_mkdir=True)


def _server(parts: SplitResult) -> Any:
    # () is ~/.ssh/known_hosts; sshfs itself would talk to any server that answers under the name.
    given = {"port": parts.port, "username": parts.username, "known_hosts": ()}
    options = {name: value for name, value in given.items() if value is not None}
    options |= dict.fromkeys(("connect_timeout", "login_timeout", "keepalive_interval"), SECONDS)
    return _loaded("sshfs").SSHFileSystem(parts.hostname, skip_instance_cache=True, **options)


def _bucket(parts: SplitResult) -> Any:
    # Parcels have hashes of their own, and not every S3-compatible server knows the newer checksums.
    settings = {"connect_timeout": SECONDS, "read_timeout": 3 * SECONDS, "retries": {"max_attempts": 2}}
    settings |= dict.fromkeys(("request_checksum_calculation", "response_checksum_validation"), "when_required")
    return _loaded("s3fs").S3FileSystem(config_kwargs=settings, use_listings_cache=False)


KINDS: dict[str, Callable[[SplitResult], Any]] = {"file": _folder, "sftp": _server, "ssh": _server, "s3": _bucket}


def _loaded(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise HoldoutError(f"{error.name or name} can't be found, which remotes of this kind need: {EXTRA}") from None


def parsed(url: str) -> SplitResult:
    """The parts of a remote's URL; HoldoutError for one that can't be used."""
    text = url if "://" in url else Path(url).absolute().as_uri()
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018  it is checked when it is asked for
    except ValueError as error:
        raise HoldoutError(f"remote {hidden(url)}: {error}, allowed: {FORMS}") from None
    if parts.scheme not in KINDS:
        raise HoldoutError(f"remote {hidden(url)}: allowed are {FORMS}")
    if parts.password is not None:
        raise HoldoutError(f"remote {hidden(url)}: holds a password; leave it to ~/.ssh/config, an agent or ~/.aws")
    if (parts.scheme == "file") == bool(parts.netloc) or parts.query or parts.fragment:
        raise HoldoutError(f"remote {hidden(url)}: allowed are {FORMS}")
    return parts


def hidden(url: str) -> str:
    """As a person may read it: without names and passwords."""
    return re.sub(r"(?<=://)[^/@\s]*@", "", url)


@dataclass(frozen=True)
class Remote:
    """The remote at ``url``; each method raises HoldoutError, one line, for whatever its protocol's library raises."""

    url: str
    system: Any
    root: str

    def put(self, key: str, data: bytes) -> None:
        """Keep a parcel under the key, in place of what is there."""
        path = self._path(key)
        with self._naming():
            if parsed(self.url).scheme == "file":
                with atomic.replacing(Path(path)) as temporary:
                    temporary.write_bytes(data)
            elif parsed(self.url).scheme == "s3":
                self.system.pipe_file(path, data)
            else:
                self._put_beside(path, data)

    def _put_beside(self, path: str, data: bytes) -> None:
        beside = str(atomic.beside(Path(path)))
        self.system.makedirs(os.path.dirname(path), exist_ok=True)
        self.system.pipe_file(beside, data)
        self.system.mv(beside, path)

    def get(self, key: str, largest: int) -> bytes:
        """The parcel under the key, of at most ``largest`` bytes; NotThere if there is none."""
        path = self._path(key)
        with self._naming():
            try:
                found = self._read(path, largest)
            except FileNotFoundError:
                raise NotThere(f"there is no trial {key}") from None
        if len(found) > largest:
            raise HoldoutError(
                f"{hidden(self.url)}: the parcel of {key} has more than {largest} bytes: it is not taken"
            )
        return found

    def _read(self, path: str, largest: int) -> bytes:
        """The object, or somewhat more than ``largest`` bytes of it; of S3 by one request, which asks for no more."""
        found: bytes
        if parsed(self.url).scheme == "s3":
            found = self.system.cat_file(path, start=0, end=largest + 1)
        else:
            with self.system.open(path, "rb") as stream:
                found = stream.read(largest + 1)
        return found

    def keys(self) -> dict[str, int]:
        """The keys of all trials that are there, with the bytes of each; what is no parcel is passed over."""
        with self._naming():
            try:
                found = self._listed()
            except FileNotFoundError:
                return {}
        sizes = {name.rpartition("/")[2]: facts["size"] for name, facts in found.items()}
        return {match["key"]: size for name, size in sorted(sizes.items()) if (match := NAME.fullmatch(name))}

    def _listed(self) -> Any:
        """All that is there, with its size. Of S3 by the beginning of names: of a folder s3fs would ask by HEAD."""
        if parsed(self.url).scheme != "s3":
            return self.system.find(self.root, detail=True)
        bucket, _, folder = self.root.partition("/")
        return self.system.find(bucket, prefix=f"{folder}/" if folder else "", detail=True)

    def _path(self, key: str) -> str:
        return f"{self.root}/{key[:2]}/{key}.zip"

    @contextmanager
    def _naming(self) -> Iterator[None]:
        try:
            yield
        except HoldoutError as error:
            raise type(error)(f"{hidden(self.url)}: {error}") from None
        except Exception as error:  # each protocol's library has exceptions of its own
            raise Unreachable(f"{hidden(self.url)}: {reason(error)}") from None


def connected(url: str) -> Remote:
    """Raises HoldoutError, one line, where it can't be reached or its packages are missing."""
    parts = parsed(url)
    path = unquote(parts.path).rstrip("/")
    root = f"{parts.netloc}{path}" if parts.scheme == "s3" else path
    try:
        return Remote(url, KINDS[parts.scheme](parts), root)
    except HoldoutError:
        raise
    except Exception as error:
        raise Unreachable(f"{hidden(url)}: {reason(error)}") from None


def reason(error: BaseException) -> str:
    """What a library has said, on one line, with the kind of error where it said little."""
    said = " ".join(str(error).split())
    return f"{type(error).__name__}: {said}"[:300] if said else type(error).__name__
