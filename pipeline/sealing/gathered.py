"""What the witnesses of openings know together: none of them can forget for all.

The witnesses: a git reference (``openings``), a chained file in the git directory (``witness``), and
``reports/ledger.jsonl``, which is committed and so reaches clones; also its copies on other branches and in DVC's
experiments. What one of them has, counts.
"""

import contextlib
import hashlib
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from pipeline.errors import HoldoutError
from pipeline.fields import Kind, finite, list_of, text, whole, wrong
from pipeline.sealing import git_places, witness
from pipeline.sealing.git_places import RECORDS
from pipeline.sealing.openings import CANDIDATES, REFERENCE, ROWS, Entry, Openings
from pipeline.sealing.plumbing import Unwritten
from pipeline.storage import atomic, documents
from pipeline.storage.places import REPORTS

LEDGER = REPORTS / "ledger.jsonl"
CHAIN = "openings.jsonl"
HASH = re.compile(r"[0-9a-f]{64}")
FACTS: dict[str, Kind] = {"model_sha256": text, "test_sha256": text}
# Newer lines have them all; the earliest had the first three.
MORE: dict[str, Kind] = {
    **{"score": finite, "n": whole, "time": text},
    **dict.fromkeys(("metric", "key", "experiment", "recipe", "code", "source", "rows"), text),
    "columns": list_of(text),
}


class Gathered(NamedTuple):
    """All openings that any witness knows, oldest first, and what is amiss with the witnesses, in words."""

    entries: list[Entry]
    faults: list[str]
    notes: list[str]


def repository() -> Path | None:
    """The git directory that keeps the openings of the project in the current folder."""
    return git_places.git_directory(git_places.enclosing_project(Path.cwd()))


def settle() -> str | None:
    """Let every witness know what any of them knows; gives what git refused, in one line."""
    known = gather().entries
    chain = witness.home() / CHAIN
    if missing := _beyond(known, witness.read(chain).entries):
        witness.append(chain, *missing)
    trouble = _commit(known)
    if missing := _beyond(known, _file()):
        _append(missing)
    return trouble


def restore() -> None:
    """Put back the lines that ``reports/ledger.jsonl`` has lost, where it may be written."""
    if missing := _beyond(gather().entries, _file()):
        with contextlib.suppress(OSError):
            _append(missing)


def kept_rows(names: Iterable[str]) -> dict[str, bytes]:
    """What was kept of test rows, by the SHA-256 of it, as far as it is here."""
    wanted = {name for name in names if HASH.fullmatch(name)}
    places = {name: folder / ROWS / name for folder in _homes() for name in wanted}
    found = {name: place.read_bytes() for name, place in places.items() if place.is_file()}
    directory = repository()
    if directory is not None and wanted - found.keys():
        with contextlib.suppress(Unwritten):
            found |= Openings(directory).rows(sorted(wanted - found.keys()))
    return {name: data for name, data in found.items() if hashlib.sha256(data).hexdigest() == name}


def keep_rows(data: bytes) -> str:
    """Keep them; gives their SHA-256."""
    name = hashlib.sha256(data).hexdigest()
    place = witness.home() / ROWS / name
    if not place.exists():
        with atomic.replacing(place) as temporary:
            temporary.write_bytes(data)
    return name


def _commit(known: list[Entry]) -> str | None:
    directory = repository()
    if directory is None:
        return None
    rows = kept_rows(entry["rows"] for entry in known if "rows" in entry)
    kept = {f"{ROWS}/{name}": data for name, data in rows.items()}
    last = known[-1] if known else {}
    openings = Openings(directory)
    try:
        kept |= _candidates(openings)
        openings.add(known, kept, _message(last), last.get("time", "2000-01-01T00:00:00+00:00"))
    except Unwritten as error:
        return f"{REFERENCE} can't be written ({error})"
    return None


def _candidates(openings: Openings) -> dict[str, bytes]:
    """What is recorded here of candidates and no reference has, as one file, by its path."""
    recorded = [json.dumps(one, sort_keys=True) for one in witness.read(witness.home() / RECORDS).entries]
    new = sorted(set(recorded) - set(openings.candidates()))
    data = "".join(f"{line}\n" for line in new).encode()
    return {f"{CANDIDATES}/{hashlib.sha256(data).hexdigest()}.jsonl": data} if new else {}


def carried() -> list[Any]:
    """What git's references have of candidates, of other clones too; a line that is no JSON is passed over."""
    directory = repository()
    lines = Openings(directory).candidates() if directory is not None else []
    found = []
    for line in lines:
        with contextlib.suppress(ValueError, RecursionError):
            found.append(json.loads(line))
    return found


def _message(entry: Entry) -> str:
    facts = [f"{entry.get('metric', 'score')} {entry['score']:.6g}"] if "score" in entry else []
    facts += [f"on {entry['n']} rows"] if "n" in entry else []
    return " ".join(["Open the test set:", *facts]) + "\n" if entry else "Join openings\n"


def _append(entries: Iterable[Entry], path: Path = LEDGER) -> None:
    """Add lines to the file that is committed."""
    begun = path.exists() and path.stat().st_size and not path.read_bytes().endswith(b"\n")
    lines = ("\n" if begun else "") + "".join(json.dumps(entry, sort_keys=True) + "\n" for entry in entries)
    atomic.append(path, lines)


def gather() -> Gathered:
    """Read all witnesses of the project in the current folder.

    Raises:
        HoldoutError: a line of ``reports/ledger.jsonl`` is not what is written there.
    """
    chains = {f"{folder.name}/{CHAIN}": witness.read(folder / CHAIN) for folder in _homes()}
    found = {name: [entry for entry in chain.entries if not _fault(entry)] for name, chain in chains.items()}
    found[LEDGER.as_posix()] = _file()
    faults = [fault for chain in chains.values() for fault in chain.faults]
    directory = repository()
    if directory is not None:
        try:
            faults += _read_git(Openings(directory), found)
        except Unwritten as error:
            faults.append(f"{REFERENCE} can't be read ({error})")
    return Gathered(_union(found.values()), faults + _shorter(found), _behind(found))


def _read_git(openings: Openings, found: dict[str, list[Entry]]) -> list[str]:
    """Add to ``found`` what git's references know; gives what is amiss with them."""
    for tip in openings.tips():
        found[tip.name] = list(_sound(openings.read(tip.commit)))
    for name, data in openings.copies((_prefix() / LEDGER).as_posix()).items():
        found[name] = list(_sound(data.splitlines()))
    forged = openings.taken_away() if REFERENCE in found else 0
    return [f"{REFERENCE} has a commit that takes back or changes {_counted(forged)}"] if forged else []


def _shorter(found: dict[str, list[Entry]]) -> list[str]:
    """The reference, held against what this clone itself has recorded: both are written together."""
    own = found[_own()]
    if repository() is None or not (missing := _beyond(own, found.get(REFERENCE, []))):
        return []
    return [f"{REFERENCE} lacks {_counted(len(missing))} recorded here: it was moved back, or git could not write it"]


def _behind(found: dict[str, list[Entry]]) -> list[str]:
    """Which witnesses know openings that the reference, or the chained file, does not, and the committed file."""
    main = _union([found[_own()], found.get(REFERENCE, [])]) or found[LEDGER.as_posix()]
    notes = []
    for name, entries in found.items():
        if main and (more := _beyond(entries, main)):
            notes.append(f"{_counted(len(more))} known from {name} only, of another clone, or removed here")
    if missing := _beyond(main, found[LEDGER.as_posix()]):
        notes.append(f"{LEDGER.as_posix()} lacks {_counted(len(missing))}, which the next opening or report puts back")
    return notes


def _counted(number: int) -> str:
    return f"{number} opening{'s' if number != 1 else ''}"


def _union(witnesses: Iterable[list[Entry]]) -> list[Entry]:
    """Each entry once, by its hash, oldest first."""
    entries = {witness.digest(entry): entry for known in witnesses for entry in known}
    return [entries[name] for name in sorted(entries, key=lambda name: (entries[name].get("time", ""), name))]


def _beyond(entries: list[Entry], known: list[Entry]) -> list[Entry]:
    """Those of ``entries`` that are not in ``known``."""
    there = {witness.digest(entry) for entry in known}
    return [entry for entry in entries if witness.digest(entry) not in there]


def _prefix() -> Path:
    """Where the project lies in its repository."""
    here = Path.cwd().resolve()
    root = next((folder for folder in (here, *here.parents) if (folder / ".git").exists()), here)
    return here.relative_to(root)


def _own() -> str:
    """What the chained file is called."""
    return f"{witness.home().name}/{CHAIN}"


def _homes() -> list[Path]:
    """The folder for records, the first, and the one that was used before git was begun, if it was."""
    beside = git_places.homes(Path.cwd())[1]
    return [*({beside} - {witness.home()} if beside.is_dir() else ()), witness.home()]


def _file(path: Path = LEDGER) -> list[Entry]:
    """The lines of the committed file; empty if there is none."""
    if not path.exists():
        return []
    documents.check_kind(path)
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    return [_entry(f"{path} line {number}", line) for number, line in enumerate(lines, 1)]


def _entry(where: str, line: str) -> Entry:
    values, fault = _parsed(line)
    if fault:
        raise HoldoutError(f"{where}: not an entry of the ledger ({fault}); mend or remove the line")
    return values


def _parsed(line: str) -> tuple[Entry, str | None]:
    """The facts of a line, and what is wrong with them."""
    try:
        values: Any = json.loads(line)
    except (ValueError, RecursionError) as error:
        return {}, str(error)
    return values, _fault(values)


def _fault(values: Any) -> str | None:
    return wrong(values, FACTS) or wrong(values, {name: kind for name, kind in MORE.items() if name in values})


def _sound(texts: Iterable[bytes]) -> Iterable[Entry]:
    """The entries among these: what else there is, on another branch or a forged reference, nobody here can mend."""
    for data in texts:
        values, fault = _parsed(data.decode("utf-8", errors="replace"))
        if not fault:
            yield values
