"""The pages that a person sees first: the candidates, best first; the best three by epoch; ad-hoc trials apart."""

import json
from collections.abc import Sequence

from pipeline.tracking.contents import findings, in_markdown
from pipeline.tracking.described import WHEN_BEST
from pipeline.tracking.destination import Destination
from pipeline.tracking.marked import TAG
from pipeline.trials.sweeps import AD_HOC

VIEW, BEST, BY_HAND = "leaderboard", "best_three", "ad_hoc"
# MLflow's pages keep their state under these tags (undocumented; without them the plain list of runs is shown).
VIEW_TAG = "mlflow.sharedViewState."
CHARTS = "&compareRunsMode=CHART"
CURRENT = "tags.`holdout.stage` = 'trial' and tags.`holdout.stale` = 'false'"
FILTER = f"{CURRENT} and tags.`holdout.experiment` != '{AD_HOC}'"
METRICS = ("score", f"{WHEN_BEST}/train/error", f"{WHEN_BEST}/epoch")
PARAMETERS = ("optimizer.learning_rate", "network.hidden", "optimizer.momentum")
TAGS = ("holdout.sweep", TAG)
NOTE = """**What to look at**

- *Leaderboard*: the candidates of the latest sweeps, best `score` first (an error on the validation rows: lower is
  better); the selected one has the tag `holdout.selected` = true. Open it with `python -m pipeline.tracking.ui`, or add
  `?{query}` to this page's address.
- *The best three by epoch*: add `?{best}`.
- *Ad-hoc trials*, which are no candidates: add `?{by_hand}`.
- *Sweeps*: clear the filter and sort by creation time. A parent run is one sweep, its children are its trials.
- *Curves*: tick trials and press *Compare*, or open one trial: `train/…` and `validation/…` per epoch.
- *The selected model*: the run `selection`, and the registered model `{project}` with the alias `champion`.
- *The test score*: on the run `test score` only (filter ``tags.`holdout.stage` = 'evaluate'``).
- Runs with the tag `holdout.stale` = true belong to an earlier sweep, selection or evaluation.
"""


def column(kind: str, name: str) -> str:
    """A column of the page's table as the page itself names it."""
    return f"{kind}.`{name}`"


def query(view: str) -> str:
    """What is added to the page's address for a view."""
    return f"workflowType=machine_learning&viewStateShareKey={view}{CHARTS if view == BEST else ''}"


def views(few: Sequence[str]) -> dict[str, str]:
    """The state of each view; ``few``: the ids of the best candidates."""
    ids = ", ".join(f"'{one}'" for one in few) or "'none'"
    by_hand = f"{CURRENT} and tags.`holdout.experiment` = '{AD_HOC}'"
    return {VIEW: view_state(FILTER), BEST: view_state(f"attributes.run_id IN ({ids})"), BY_HAND: view_state(by_hand)}


def view_state(chosen: str) -> str:
    """A page's state as JSON: the filter ``chosen``, order and columns."""
    columns = [column("tags", name) for name in TAGS]
    columns += [column("metrics", name) for name in METRICS] + [column("params", name) for name in PARAMETERS]
    state = {
        "searchFilter": chosen,
        "orderByKey": column("metrics", "score"),
        "orderByAsc": True,
        "startTime": "ALL",
        "lifecycleFilter": "Active",
        "modelVersionFilter": "All Runs",
        "datasetsFilter": [],
        "selectedColumns": columns,
        "columnOrder": [],
        "runsHiddenMode": "FIRST_10_RUNS",
        "viewMaximized": True,
    }
    return json.dumps(state, sort_keys=True)


def describe(to: Destination, few: Sequence[str]) -> None:
    """Give the experiment the tags that are not yet as they should be; ``few``: as ``views`` has it."""
    tags = to.client.get_experiment(to.experiment_id).tags
    queries = {"query": query(VIEW), "best": query(BEST), "by_hand": query(BY_HAND)}
    note = NOTE.format(**queries, project=to.owner.project) + in_markdown(findings())
    wanted = {f"{VIEW_TAG}{view}": state for view, state in views(few).items()} | to.owner.tags
    wanted |= {"mlflow.note.content": note, "mlflow.experimentKind": "custom_model_development"}
    for name, value in wanted.items():
        if tags.get(name) != value:
            to.client.set_experiment_tag(to.experiment_id, name, value)


def url(port: int, experiment_id: str, view: str = VIEW) -> str:
    """Where a view is on a UI at ``port`` of this machine."""
    return f"http://127.0.0.1:{port}/#/experiments/{experiment_id}/runs?{query(view)}"
