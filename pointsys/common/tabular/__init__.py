"""Tables in files: read safely from whatever offices send, written safely for who opens them."""

from pointsys.common.tabular.errors import TableRefused
from pointsys.common.tabular.model import Form, IsHeader, Limits, Record, Table
from pointsys.common.tabular.reading import read_bounded, read_path, read_tables, refuse_large
from pointsys.common.tabular.writing import csv_bytes, csv_lines, guarded, unguarded, xlsx_bytes

__all__ = [
    "Form",
    "IsHeader",
    "Limits",
    "Record",
    "Table",
    "TableRefused",
    "csv_bytes",
    "csv_lines",
    "guarded",
    "read_bounded",
    "read_path",
    "read_tables",
    "refuse_large",
    "unguarded",
    "xlsx_bytes",
]
