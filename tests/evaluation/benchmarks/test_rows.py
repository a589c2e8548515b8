import json
import sys

import pytest

from likewise.evaluation.benchmarks.rows import STAGES, markdown, measure
from likewise.ingest.errors import ParameterError

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="asks the kernel for anonymous memory")


def test_every_stage_of_every_table_is_measured_once(tmp_path):
    said = []
    costs = measure(tmp_path, sizes=[150, 300], formats=["csv", "parquet"], say=said.append)
    assert [(cost.rows, cost.format, cost.stage) for cost in costs] == [
        (rows, name, stage) for rows in (150, 300) for name in ("csv", "parquet") for stage in STAGES
    ]
    assert all(cost.seconds > 0 and cost.cpu_s > 0 and cost.anonymous_mib > 5 for cost in costs)
    assert (len(said), len(json.loads((tmp_path / "rows.json").read_text()))) == (4, 20)
    assert measure(tmp_path, sizes=[150, 300], formats=["parquet"], say=said.append) == costs
    assert len(said) == 4
    lines = markdown(costs).splitlines()
    assert lines[0].startswith("| table | stage | 150, s | 300, s | growth | 150, MiB")
    assert len(lines) == 2 + 2 * len(STAGES)


def test_an_unknown_format_is_refused(tmp_path):
    with pytest.raises(ParameterError, match="Known: csv, parquet"):
        measure(tmp_path, formats=["xml"])
