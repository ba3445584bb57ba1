"""All families of bad inputs, by name."""

from tests.bad_inputs import arrays, idx_files, models, settings_files, stored, tables
from tests.bad_inputs.case import Case

FAMILIES: dict[str, list[Case]] = {
    "csv": tables.CSV_CASES,
    "parquet": tables.PARQUET_CASES,
    "npz": arrays.NPZ_CASES,
    "npy": arrays.NPY_CASES,
    "idx": idx_files.IDX_CASES,
    "labels": idx_files.LABEL_CASES,
    "params.yaml": settings_files.PARAMS_CASES,
    "conf": settings_files.CONF_CASES,
    "command line": settings_files.WORD_CASES,
    "weights": models.MODEL_CASES,
    "parts and cards": stored.PART_CASES,
    "results": stored.RESULT_CASES,
    "certificate": stored.PAPER_CASES,
    "reports": stored.REPORT_CASES,
    "store": stored.STORE_CASES,
}
