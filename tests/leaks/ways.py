"""Ways to reach rows, or to damage what is sealed, from code that runs in a stage of training.

Each is a piece of Python that ends without an exception where it gets through. It runs in the project's folder, with
the names of ``places``; what it needs to find there, ``tests/leaks/test_access.py`` has put there.
"""

from typing import NamedTuple


class Way(NamedTuple):
    """A way in; ``seen`` says whether an audit hook can see it: it sees what Python opens, moves and starts."""

    name: str
    code: str
    seen: bool = True


PLACES = """
import ctypes, io, json, mmap, multiprocessing, os, shutil, sqlite3, subprocess, sys, threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
T, P, RAW, LEDGER = "data/sealed/test/X.npy", "data/prepared/X.npy", "raw/own.csv", "reports/ledger.jsonl"
C, RECORD = ".dvc/cache/files/md5/00/1", ".git/holdout/candidates.jsonl"
def read(path): open(path, "rb").read()
def does(*words, **more): assert subprocess.run(words, capture_output=True, **more).returncode == 0
def sh(line): does("sh", "-c", line)
def python(line, *options, **more): does(sys.executable, *options, "-c", line, **more)
def child(kind, target, *words):
    process = multiprocessing.get_context(kind).Process(target=target, args=words)
    process.start(); process.join(); assert process.exitcode == 0
"""

READS = (
    Way("open", "read(T)"),
    Way("open to read and write", "open(T, 'r+b')"),
    Way("os.open", "os.open(T, os.O_RDONLY)"),
    Way("pathlib", "Path(T).read_bytes()"),
    Way("io.FileIO", "io.FileIO(T)"),
    Way("io.open_code", "io.open_code(os.path.abspath(T))"),
    Way("mmap", "mmap.mmap(os.open(P, os.O_RDONLY), 0, prot=mmap.PROT_READ)"),
    Way("np.load", "import numpy; numpy.load(T)"),
    Way("np.memmap", "import numpy; numpy.load(P, mmap_mode='r')"),
    Way("np.fromfile", "import numpy; numpy.fromfile(T)"),
    Way("pandas", "import pandas; pandas.read_csv(RAW)"),
    Way("Arrow, in C++", "import pyarrow.csv; pyarrow.csv.read_csv(RAW)", seen=False),
    Way("Arrow's memory map", "import pyarrow; pyarrow.memory_map(T)", seen=False),
    Way("shutil.copyfile", "shutil.copyfile(T, '.trials/copied')"),
    Way("cat", "does('cat', T)"),
    Way("cp", "does('cp', P, '.trials/copied')"),
    Way("a shell that reads", "sh(f'cat < {T}')"),
    Way("a shell that hides the name", "sh('cd data; cd sealed; cat test/*.npy')", seen=False),
    Way("os.system", "assert os.system(f'cat {T} >/dev/null 2>&1') == 0"),
    Way("os.posix_spawn", "n = os.posix_spawn('/bin/cat', ['cat', T], os.environ); assert os.waitpid(n, 0)[1] == 0"),
    Way("tar", "does('tar', 'cf', '.trials/x.tar', 'data/sealed')"),
    Way("a symlink made before", "read('innocent.npy')"),
    Way("a symlink to a folder made before", "read('pipeline/folder/test/X.npy')"),
    Way("a symlink made now", "os.symlink(os.path.abspath(T), '.trials/link'); read('.trials/link')"),
    Way("a hard link that prepare has found", "read('pipeline/linked.csv')"),
    Way("a copy that prepare has found", "read('notes/copy.csv')"),
    Way("a hard link made now", "os.link(T, '.trials/linked'); read('.trials/linked')"),
    Way("a hard link made by ln", "does('ln', P, '.trials/linked2')"),
    Way("moved into the store", "os.rename(T, '.trials/moved')"),
    Way("a folder moved into the store", "os.rename('data/sealed', '.trials/moved2')"),
    Way("/proc/self/root", "read('/proc/self/root' + os.path.abspath(T))"),
    Way("/proc/self/cwd", "read('/proc/self/cwd/' + T)"),
    Way("a parent's descriptor", "read(f'/proc/{os.getppid()}/fd/{PARENTS}')"),
    Way("an inherited descriptor", "assert os.pread(PARENTS, 9, 0)"),
    Way("standard input", "assert os.pread(0, 9, 0)"),
    Way("..", "read('pipeline/../' + T)"),
    Way("another current folder", "os.chdir('data/sealed/test'); read('X.npy')"),
    Way("an open folder", "os.open('sealed/test/X.npy', os.O_RDONLY, dir_fd=os.open('data', os.O_RDONLY))"),
    Way("ctypes: open", "assert ctypes.CDLL(None).open(T.encode(), 0) >= 0"),
    Way("ctypes: a system call", "assert ctypes.CDLL(None).syscall(257, -100, T.encode(), 0, 0) >= 0"),
    Way("SQLite", "sqlite3.connect('data/prepared/rows.db').execute('select * from rows')"),
    Way("SQLite's ATTACH", "sqlite3.connect(':memory:').execute(\"attach 'data/prepared/rows.db' as x\")", seen=False),
    Way("git show", "does('git', 'show', 'HEAD:raw/own.csv')"),
    Way("git archive", "does('git', 'archive', 'HEAD', 'raw')"),
    Way("git's objects", "[read(path) for path in Path('.git/objects').rglob('*') if path.is_file()]"),
    Way("DVC's cache", "read(C)"),
    Way("dvc get", "read('.dvc/tmp/rows')"),
    Way("MLflow's artifacts", "read('mlartifacts/1/artifacts/rows.npy')"),
    Way("MLflow's database", "sqlite3.connect('mlflow.db').execute('select * from rows')"),
    Way("the test score", "read('reports/metrics.json')"),
    Way("other experiments' results", "read('experiments/beta/results/trials.csv')"),
    Way("another work tree", "read(TREE + '/data/prepared/X.npy')"),
    Way("the record beside git", "read('.git/holdout/openings.jsonl')"),
    Way("a forked child", "child('fork', read, T)"),
    Way("a spawned child", "child('spawn', os.open, T, os.O_RDONLY)"),
    Way("a fork server's child", "child('forkserver', os.open, T, os.O_RDONLY)"),
    Way("a worker of joblib", "import joblib; joblib.Parallel(2)(joblib.delayed(os.open)(T, 0) for _ in range(2))"),
    Way("a thread", "ThreadPoolExecutor(1).submit(read, T).result()"),
    Way("another Python", "python(f'open({T!r})')"),
    Way("another Python, alone", "python('import sys; open(sys.stdin.read())', '-I', input=T.encode())"),
    Way("another Python, without its environment", "python(f'open({T!r})', env={})"),
)

WRITES = (
    Way("overwrite test rows", "open(T, 'wb')"),
    Way("write into test rows", "open(T, 'r+b').write(b'x')"),
    Way("append to test rows", "open(T, 'ab').write(b'x')"),
    Way("truncate(2) of test rows", "os.truncate(T, 0)"),
    Way("remove test rows", "os.remove(T)"),
    Way("remove the sealed folder", "shutil.rmtree('data/sealed')"),
    Way("add to the sealed folder", "os.mkdir('data/sealed/more')"),
    Way("link into the sealed folder", "os.symlink('/etc/passwd', 'data/sealed/test/groups.npy')"),
    Way("a training row changed", "open('data/split/train/X.npy', 'r+b').write(b'x')"),
    Way("truncate the ledger", "os.truncate(LEDGER, 0)"),
    Way("empty the ledger", "open(LEDGER, 'w')"),
    Way("append to the ledger", "open(LEDGER, 'a').write('x')"),
    Way("move a file over the ledger", "os.replace('.trials/mine', LEDGER)"),
    Way("a shell over the ledger", "sh(f'echo x > {LEDGER}')"),
    Way("cp over the ledger", "does('cp', '.trials/mine', LEDGER)"),
    Way("remove the selected model", "shutil.rmtree('models/selected')"),
    Way("the selected model into the store", "os.rename('models/selected', '.trials/away')"),
    Way("the store among the selected model", "os.rename('.trials/k', 'models/selected/k')"),
    Way("edit the certificate", "open('models/selected/certificate.json', 'w')"),
    Way("edit the scores", "open('reports/metrics.json', 'r+').write('{')"),
    Way("edit the program", "open('pipeline/stages/evaluate.py', 'a').write('x')"),
    Way("edit dvc.yaml", "open('dvc.yaml', 'a').write('x')"),
    Way("edit params.yaml", "Path('params.yaml').write_text('x')"),
    Way("a shell that edits dvc.yaml", "sh('echo x >> dvc.yaml')", seen=False),
    Way("edit the source", "open(RAW, 'a').write('x')"),
    Way("edit another experiment's results", "open('experiments/beta/results/trials.csv', 'a').write('x')"),
    Way("edit DVC's locks", "open('dvc.lock', 'w')"),
    Way("edit a reference of git", "open('.git/refs/heads/new', 'w')"),
    Way("git update-ref", "does('git', 'update-ref', '-d', 'refs/holdout/openings')"),
    Way("git commit", "does('git', '-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '--allow-empty', '-m', 'x')"),
    Way("empty the record of candidates", "open(RECORD, 'w')"),
    Way("remove the record of candidates", "os.remove(RECORD)"),
    Way("edit MLflow's database", "open('mlflow.db', 'ab').write(b'x')"),
    Way("ctypes: unlink", "assert ctypes.CDLL(None).unlink(T.encode()) == 0", seen=False),
    Way("ctypes: truncate", "assert ctypes.CDLL(None).truncate(T.encode(), 0) == 0", seen=False),
    Way("a write outside of the project", "open(OUTSIDE + '/new', 'w')"),
)

# What training has to be able to do, or people would turn confinement off.
WORK = (
    "read('data/split/train/X.npy')",
    "read('params.yaml'); read('conf/config.yaml'); read('pipeline/stages/train.py')",
    "os.makedirs('.trials/running/n'); open('.trials/running/n/h', 'w').write('1'); read('.trials/running/n/h')",
    "os.replace('.trials/running/n', '.trials/n'); read('.trials/n/h'); os.truncate('.trials/n/h', 0)",
    "os.makedirs('experiments/alpha/.results.tmp'); open('experiments/alpha/.results.tmp/t.csv', 'w').write('x')",
    "shutil.rmtree('experiments/alpha/results')",
    "os.rename('experiments/alpha/.results.tmp', 'experiments/alpha/results')",
    "read('experiments/alpha/results/t.csv')",
    "open(RECORD, 'a').write('x'); read(RECORD)",
    "import tempfile; open(tempfile.NamedTemporaryFile().name, 'w'); tempfile.TemporaryFile().write(b'x')",
    "os.open(os.devnull, os.O_RDWR); sh('echo x > /dev/null')",
    "python('import json')",
    "import joblib; assert joblib.Parallel(2)(joblib.delayed(abs)(-n) for n in (1, 2)) == [1, 2]",
)
