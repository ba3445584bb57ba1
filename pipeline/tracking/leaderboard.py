"""The first page that a person sees: the trials of the latest sweeps, best first."""

import json

from pipeline.tracking.contents import findings, in_markdown
from pipeline.tracking.destination import Destination

VIEW = "leaderboard"
# MLflow's page keeps its state under this tag (undocumented; without it the plain list of runs is shown).
VIEW_TAG = f"mlflow.sharedViewState.{VIEW}"
QUERY = f"workflowType=machine_learning&viewStateShareKey={VIEW}"
FILTER = "tags.`holdout.stage` = 'trial' and tags.`holdout.stale` = 'false'"
METRICS = ("score", "best/train/error", "best/epoch")
PARAMETERS = ("optimizer.learning_rate", "network.hidden", "optimizer.momentum")
TAGS = ("holdout.sweep",)
NOTE = """**What to look at**

- *Leaderboard*: the trials of the latest sweeps, best `score` first (an error on the validation rows: lower is better).
  Open it with `python -m pipeline.tracking.ui`, or add `?{query}` to this page's address.
- *Sweeps*: clear the filter and sort by creation time. A parent run is one sweep, its children are its trials.
- *Curves*: tick trials and press *Compare*, or open one trial: `train/…` and `validation/…` per epoch.
- *The selected model*: the run `selection`, and the registered model `{project}` with the alias `champion`.
- *The test score*: on the run `test score` only (filter ``tags.`holdout.stage` = 'evaluate'``).
- Runs with the tag `holdout.stale` = true belong to an earlier sweep, selection or evaluation.
"""


def column(kind: str, name: str) -> str:
    """A column of the page's table as the page itself names it."""
    return f"{kind}.`{name}`"


def view_state() -> str:
    """The page's state as JSON: filter, order and columns."""
    columns = [column("tags", name) for name in TAGS]
    columns += [column("metrics", name) for name in METRICS] + [column("params", name) for name in PARAMETERS]
    state = {
        "searchFilter": FILTER,
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


def describe(to: Destination) -> None:
    """Give the experiment the tags that are not yet as they should be."""
    tags = to.client.get_experiment(to.experiment_id).tags
    note = NOTE.format(query=QUERY, project=to.owner.project) + in_markdown(findings())
    wanted = {VIEW_TAG: view_state(), **to.owner.tags}
    wanted |= {"mlflow.note.content": note, "mlflow.experimentKind": "custom_model_development"}
    for name, value in wanted.items():
        if tags.get(name) != value:
            to.client.set_experiment_tag(to.experiment_id, name, value)


def url(port: int, experiment_id: str) -> str:
    """Where the leaderboard is on a UI at ``port`` of this machine."""
    return f"http://127.0.0.1:{port}/#/experiments/{experiment_id}/runs?{QUERY}"
