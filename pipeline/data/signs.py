"""The signs of a text file that a person can set, as Arrow can read them."""

from dataclasses import replace

from pipeline.data.dialect import SPACES
from pipeline.data.source import Read
from pipeline.errors import HoldoutError

NAMED = {"tab": "\t", "\\t": "\t", "space": SPACES, "spaces": SPACES, "whitespace": SPACES, "\\s+": SPACES}
ONE = "one character of ASCII"
NONE = ", or '' for none"


def checked(name: str, read: Read) -> Read:
    """``read`` with its signs as single characters.

    Raises:
        HoldoutError: names the key of data.read, what was found and what is allowed.
    """
    read = replace(read, separator=NAMED.get(read.separator or "", read.separator))
    _one(name, "separator", read.separator, f"{ONE}, tab or spaces")
    _one(name, "quote", read.quote or None, ONE + NONE)
    _one(name, "comment", read.comment or None, ONE + NONE)
    if read.decimal not in (None, ".", ","):
        raise _wrong(name, "decimal", read.decimal, "'.' or ','")
    if read.thousands and (len(read.thousands) > 1 or read.thousands.isalnum() or read.thousands == read.decimal):
        raise _wrong(name, "thousands", read.thousands, "one character, no digit and not the decimal sign" + NONE)
    return read


def _one(name: str, key: str, sign: str | None, allowed: str) -> None:
    if sign is not None and (len(sign) != 1 or not sign.isascii() or sign.isalnum() or sign in "\r\n"):
        raise _wrong(name, key, sign, allowed)


def _wrong(name: str, key: str, found: str | None, allowed: str) -> HoldoutError:
    return HoldoutError(f"{name}: data.read.{key} is {found!r}, allowed: {allowed}")
