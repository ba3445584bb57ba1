"""params.yaml, the files in conf/, and the command line of train."""

import textwrap
from pathlib import Path

from tests.bad_inputs.case import Case, all_of, in_file
from tests.bad_inputs.made import link
from tests.bad_inputs.projects import write_params

EXECUTE = "!!python/object/apply:os.system ['touch executed']"
# Nine levels of nine aliases: 9^9 values in a few hundred bytes.
BILLION = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 10))


def params(name: str, text: str | bytes, *names: str, stage: str = "prepare", hostile: bool = False) -> Case:
    return Case(name, in_file("params.yaml", text), ("params.yaml", *names), stage, hostile=hostile)


def changed(name: str, old: str, new: str, *names: str, stage: str = "prepare", hostile: bool = False) -> Case:
    """The good params.yaml with ``old`` replaced."""

    def damage(folder: Path) -> None:
        text = (folder / "params.yaml").read_text(encoding="utf-8")
        assert old in text
        (folder / "params.yaml").write_text(text.replace(old, new), encoding="utf-8")

    return Case(name, damage, ("params.yaml", *names), stage, hostile=hostile)


def no_params(folder: Path) -> None:
    (folder / "params.yaml").unlink()


def a_long_path(folder: Path) -> None:
    write_params(folder, source="file", path="x" * 10_000, target="t")


def a_folder(folder: Path) -> None:
    no_params(folder)
    (folder / "params.yaml").mkdir()


DATA, SPLIT, EXPERIMENTS = "source: file", "seed: 1", "- alpha"

PARAMS_CASES = [
    Case("no file", no_params, ("params.yaml is missing",)),
    Case("a folder", a_folder, ("params.yaml",)),
    Case("a link to itself", link("params.yaml", "params.yaml"), ("params.yaml",), hostile=True),
    params("no bytes", "", "found nothing"),
    params("a list", "- 1\n", "a list"),
    params("no YAML", "a: [", "line 1"),
    params("Latin-1", "a: é".encode("latin-1")),
    params("a tab", "data:\n\tsource: iris\n", "line 2"),
    changed("no such source", DATA, "source: flie", "data.source", "did you mean file?"),
    changed("an unknown key", "task: null", "taks: null", "data.taks", "did you mean data.task?"),
    changed("an unknown section", "experiments:", "experimnets:", "experimnets"),
    changed("no path", "path: t.csv", "path: ''", "data.path"),
    changed("a list of paths", "path: t.csv", "path: [t.csv]", "data.path"),
    changed("a target with a fraction", "target: t", "target: 1.5", "data.target"),
    changed("a task to come", "task: null", "task: ranking", ": line ", ": data.task is ranking,"),
    changed("a task that YAML reads as true", "task: null", "task: yes", "data.task is yes,"),
    changed("a date for a target", "target: t", "target: 2020-01-02", "data.target is 2020-01-02,"),
    changed("a source that is missing", f"  {DATA}\n", "", "data.source is missing"),
    changed("a source that is null", DATA, "source: null", "data.source is null,"),
    changed("a source that is empty", DATA, "source:", "data.source is empty,"),
    changed("a key that YAML reads as true", "task: null", "on: 1", "unknown key data.on,"),
    changed("a number with a zero before it", "target: t", "target: 010", "'010'"),
    changed("groups that are true", "groups: null", "groups: true", "data.groups"),
    changed("a negative seed", SPLIT, "seed: -1", "split.seed", stage="split"),
    changed("a seed with a fraction", SPLIT, "seed: 1.5", "split.seed", stage="split"),
    changed("a ratio of two", "- 5\n  - 1\n  - 1", "- 5\n  - 1", "split.ratio", stage="split"),
    changed("a ratio with a zero", "- 5\n", "- 0\n", "split.ratio", stage="split"),
    changed("a ratio of NaN", "- 5\n", "- .nan\n", "split.ratio", stage="split"),
    changed("training rows elsewhere", "task: null", "training_rows: 5", "data.training_rows", "split.training_rows?"),
    changed("no training rows", SPLIT, f"{SPLIT}\n  training_rows: 0", "split.training_rows is 0,", stage="split"),
    changed("stratify that is a word", "stratify: true", "stratify: often", "split.stratify", stage="split"),
    changed("no experiments", "experiments:\n- alpha", "experiments: []", "experiments"),
    changed("an experiment twice", EXPERIMENTS, "- alpha\n- alpha", "alpha 2 times", stage="select"),
    changed("a ratio of 400 digits", "- 5\n", f"- {10**400}\n", "split.ratio", stage="split", hostile=True),
    changed("a seed of 5,000 digits", SPLIT, f"seed: 1{'0' * 5000}", stage="split", hostile=True),
    changed(
        "an experiment in another folder",
        EXPERIMENTS,
        "- ../../x",
        "experiments",
        "experiments is ../../x,",
        stage="select",
        hostile=True,
    ),
    changed("an experiment with a line break", EXPERIMENTS, '- "a\\nb"', "experiments", stage="select", hostile=True),
    changed("a path with a NUL", "path: t.csv", 'path: "t.csv\\0.npz"', "control characters", hostile=True),
    changed("a terminal's control sequence", DATA, 'source: "\\e[2J\\e[Hok"', "control characters", hostile=True),
    Case("a path of 10,000 letters", a_long_path, ("xxx", "too long"), hostile=True),
    params("a tag that runs code", f"data: {EXECUTE}\n", "python/object/apply", hostile=True),
    params("a key that runs code", f"? {EXECUTE}\n: 1\n", "python/object/apply", hostile=True),
    params("a tag that makes an object", "data: !!python/object:os.stat_result {}\n", "python/object", hostile=True),
    params("a tag that names a function", "data: !!python/name:os.system\n", "python/name", hostile=True),
    params(
        "aliases for 9^9 values", f"{BILLION}data: {{source: *a9}}\nexperiments: *a9\n", "10000 values", hostile=True
    ),
    params("a list that holds itself", "data: &a [*a]\nexperiments: *a\n", "10000 values", hostile=True),
    params("5,000 brackets", "[" * 5000 + "]" * 5000, hostile=True),
    params("a million experiments", "experiments:\n" + "- x\n" * 12_000, "10000 values", hostile=True),
]


def conf(name: str, path: str, text: str | bytes, *names: str, hostile: bool = False, words: str = "") -> Case:
    """A file of conf/ holds ``text``, and train is asked for one trial."""
    content = text if isinstance(text, bytes) else textwrap.dedent(text)
    damage = in_file(f"conf/{path}", content)
    return Case(name, damage, (path, *names), "train", "split", tuple(words.split()), hostile)


TARGET = "{_target_: os.system, _args_: ['touch executed']}"
HANDLER = "{version: 1, handlers: {x: {class: subprocess.Popen, args: [touch, executed]}}}"


def setting(name: str, path: str, text: str, *names: str) -> Case:
    """A file of conf/ that Hydra reads, but whose settings are no good; the line names the setting."""
    return Case(name, in_file(f"conf/{path}", text), names, "train", "split")


CONF_CASES = [
    conf("no YAML", "config.yaml", "a: ["),
    conf("a list", "optimizer/descent.yaml", "- 1\n", "a list"),
    conf("no bytes", "optimizer/descent.yaml", ""),
    conf("other bytes", "optimizer/descent.yaml", bytes(range(256))),
    setting("a default that is not there", "config.yaml", "defaults: [{optimizer: adamm}]", "adamm"),
    setting("defaults that are a number", "config.yaml", "defaults: 5", "defaults"),
    setting("an unknown setting", "optimizer/descent.yaml", "momentun: 0.5", "optimizer.momentun"),
    setting("a rate of zero", "optimizer/descent.yaml", "learning_rate: 0", "optimizer.learning_rate=0"),
    setting("a momentum below zero", "optimizer/descent.yaml", "momentum: -1", "optimizer.momentum=-1 is not"),
    setting("a word for a number", "optimizer/descent.yaml", "clip: much", "optimizer.clip"),
    setting("a key twice", "optimizer/descent.yaml", "clip: 1\nclip: 2", "duplicate key", "clip"),
    setting("an interpolation of nothing", "optimizer/descent.yaml", "clip: ${nothing}", "nothing"),
    setting("a list for a number", "stopping/patience.yaml", "epochs: [1]", "stopping.epochs"),
    conf("a tag that runs code", "optimizer/descent.yaml", f"clip: {EXECUTE}\n", "python/object/apply", hostile=True),
    conf(
        "a tag in a file that is not asked for",
        "optimizer/evil.yaml",
        f"clip: {EXECUTE}\n",
        "python/object",
        hostile=True,
    ),
    conf("a tag in the main file", "config.yaml", f"seed: {EXECUTE}\n", "python/object/apply", hostile=True),
    conf("_target_ among the settings", "optimizer/descent.yaml", f"clip: {TARGET}\n", "_target_", hostile=True),
    conf(
        "_target_ in another spelling",
        "optimizer/descent.yaml",
        'clip: {"\\x5ftarget_": os.system}\n',
        "_target_",
        hostile=True,
    ),
    conf(
        "_target_ in a callback",
        "experiment/evil.yaml",
        f"# @package _global_\nhydra: {{callbacks: {{x: {TARGET}}}}}\n",
        "_target_",
        words="experiment=evil",
        hostile=True,
    ),
    conf(
        "_target_ from the environment",
        "experiment/evil.yaml",
        "# @package _global_\nhydra: {callbacks: '${oc.decode:${oc.env:EVIL}}'}\n",
        "hydra.callbacks",
        words="experiment=evil",
        hostile=True,
    ),
    conf(
        "a launcher of one's own",
        "hydra/launcher/evil.yaml",
        "_target_: os.system\n",
        "_target_",
        words="hydra/launcher=evil",
        hostile=True,
    ),
    conf("a sweeper of one's own", "hydra/sweeper/evil.yaml", "_target_: os.system\n", "_target_", hostile=True),
    conf("a handler of the log", "hydra/job_logging/none.yaml", HANDLER, "hydra.job_logging", hostile=True),
    conf(
        "a handler in a trial",
        "experiment/evil.yaml",
        f"hydra: {{job_logging: {HANDLER}}}",
        "hydra.job_logging",
        hostile=True,
    ),
    conf(
        "a file moved into Hydra's own settings",
        "optimizer/descent.yaml",
        "# @package hydra.job_logging\nversion: 1\n",
        "@package",
        hostile=True,
    ),
    conf(
        "a default moved into Hydra's own settings",
        "optimizer/descent.yaml",
        "defaults: ['adam@hydra.job_logging']\n",
        "defaults",
        hostile=True,
    ),
    conf("a default in another folder", "config.yaml", "defaults: ['../../evil']\n", "defaults", "..", hostile=True),
    conf(
        "other places to search",
        "config.yaml",
        "hydra: {searchpath: ['file:///tmp/evil']}\n",
        "hydra.searchpath",
        hostile=True,
    ),
    conf(
        "variables of the environment",
        "config.yaml",
        "hydra: {job: {env_set: {LD_PRELOAD: evil.so}}}\n",
        "hydra.job.env_set",
        hostile=True,
    ),
    conf(
        "more trials than there is memory for",
        "experiment/evil.yaml",
        "# @package _global_\nhydra: {mode: MULTIRUN, sweeper: {params: {seed: 'range(0,1000000000)'}}}\n",
        "1,000,000,000 jobs",
        words="experiment=evil",
        hostile=True,
    ),
    conf("aliases for 9^9 values", "optimizer/descent.yaml", BILLION, "10000 values", hostile=True),
    conf("5,000 brackets", "optimizer/descent.yaml", "[" * 5000 + "]" * 5000, hostile=True),
    Case(
        "a link out of conf",
        link("conf/optimizer/descent.yaml", "/etc/passwd"),
        ("descent.yaml", "link"),
        "train",
        "split",
        hostile=True,
    ),
    Case(
        "a link to itself",
        link("conf/optimizer/descent.yaml", "descent.yaml"),
        ("descent.yaml",),
        "train",
        "split",
        hostile=True,
    ),
    Case(
        "a folder that is a link out of conf",
        link("conf/evil", "/etc"),
        ("conf/evil", "link"),
        "train",
        "split",
        hostile=True,
    ),
    conf(
        "_target_ within a text",
        "experiment/evil.yaml",
        "# @package _global_\nhydra: {sweeper: {params: \"${oc.decode:'{x: {_target_: os.getcwd}}'}\"}}\n",
        "_target_",
        words="experiment=evil",
        hostile=True,
    ),
]


def words(line: str, *names: str, hostile: bool = False) -> Case:
    """train is given the command line ``line``."""
    given = tuple(line.split(" "))
    return Case(line if len(line) < 60 else f"{line[:57]}...", all_of(), names, "train", "split", given, hostile)


WORD_CASES = [
    words("network.hiden=[3]", "hiden"),
    words("optimizer=adamm", "adamm"),
    words("experiment=nothing", "nothing"),
    words("--multirun experiment=rates,topologies", "experiment=rates,topologies"),
    words("optimizer.learning_rate=-1", "optimizer.learning_rate=-1 is not"),
    words("optimizer.learning_rate=-1e-3", "optimizer.learning_rate=-1e-3 is not"),
    words("optimizer.learning_rate=nan", "optimizer.learning_rate=nan"),
    words("--multirun optimizer.learning_rate=inf,nan", "optimizer.learning_rate=inf"),
    words("optimizer.momentum=0.5", "optimizer.momentum=0.5"),
    words("network.hidden=[0]", "network.hidden=[0] is not"),
    words("network.hidden=[3", "[3"),
    words("network.activation=sigmoid", "network.activation=sigmoid"),
    words("network.output=tanh network.loss=cross_entropy", "network.output"),
    words("augmentation=image", "augmentation.rotation"),
    words("validation=k_fold validation.folds=1", "validation.folds=1"),
    words("seed", "seed"),
    words("=1", "=1"),
    words("allow_failed=null", "allow_failed=null"),
    words("allow_failed=maybe", "allow_failed=maybe"),
    words("--multirun hydra/launcher=nowhere", "nowhere"),
    words("--unheard-of", "--unheard-of"),
    words("experiment=../../x", "experiment=../../x", hostile=True),
    words("experiment=../../x seed=2", "experiment=../../x", hostile=True),
    words("optimizer=[../../x]", "optimizer=[../../x]", hostile=True),
    words("optimizer=/etc/passwd", "optimizer=/etc/passwd", hostile=True),
    words("optimizer=../../../etc/passwd", "optimizer=../../../etc/passwd", hostile=True),
    words("+optimizer._target_=os.system", "_target_", hostile=True),
    words("+hydra.callbacks.x._target_=os.system", "hydra.callbacks", hostile=True),
    words("+hydra.callbacks.x={_target_:os.system,_args_:['touch_executed']}", "hydra.callbacks", hostile=True),
    words("hydra.launcher._target_=os.system", "hydra.launcher._target_", hostile=True),
    words("hydra.sweeper._target_=os.system", "hydra.sweeper._target_", hostile=True),
    words("hydra.sweeper.params={seed:1}", "hydra.sweeper.params"),
    words("hydra/sweeper=random hydra.sweeper.trials=some seed=1,2", "hydra.sweeper.trials=some"),
    words("hydra/sweeper=random hydra.sweeper.trials=1000000 seed=1,2", "hydra.sweeper.trials=1000000"),
    words("hydra/sweeper=best seed=1,2", "hydra/sweeper/best", "random"),
    words("hydra/sweeper=random seed=1", "hydra.sweeper.params names nothing"),
    words("hydra/sweeper=random optimizer.lr=interval(0,1)", "optimizer.learning_rate"),
    words("--multirun seed=interval(1,9)", "seed=interval(1,9)", "hydra/sweeper="),
    words("hydra.searchpath=[file:///tmp]", "hydra.searchpath", hostile=True),
    words("+hydra.job_logging.handlers.x.class=subprocess.Popen", "hydra.job_logging", hostile=True),
    words("optimizer@hydra.job_logging=adam", "@", hostile=True),
    words("--config-dir=/tmp/evil", "--config-dir", hostile=True),
    words("--config-path /tmp/evil", "--config-path", hostile=True),
    words("--experimental-rerun evil.pickle", "--experimental-rerun", hostile=True),
    words("seed=!!python/object/apply:os.system", "seed", hostile=True),
    words("seed=${oc.env:HOME}", "seed", hostile=True),
    words(f"network.hidden={'[' * 5000}", "brackets", hostile=True),
    words("network.hidden=[65536,65536,65536]", "network.hidden", hostile=True),
    words("network.hidden=[1000000000000]", "network.hidden", hostile=True),
    words("--multirun seed=range(0,1000000000)", "1,000,000,000 jobs", "seed", hostile=True),
    words("--multirun seed=range(0,1000,0)", "endlessly many jobs", "seed", hostile=True),
    words("--multirun seed=range(0,1000) validation.folds=range(2,1002)", "1,000,000 jobs", hostile=True),
    words("--multirun stopping.min_change=range(0,1,1e-300)", "stopping.min_change", hostile=True),
]
