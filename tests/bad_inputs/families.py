"""All families of bad inputs, by name."""

from tests.bad_inputs import arrays, idx_files, tables
from tests.bad_inputs.case import Case

FAMILIES: dict[str, list[Case]] = {
    "csv": tables.CSV_CASES,
    "parquet": tables.PARQUET_CASES,
    "npz": arrays.NPZ_CASES,
    "npy": arrays.NPY_CASES,
    "idx": idx_files.IDX_CASES,
    "labels": idx_files.LABEL_CASES,
}
