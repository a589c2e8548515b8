"""Results on one page."""

import os

import pytest
from click.testing import CliRunner

from likewise.deploy.cli import cli
from likewise.evaluation.benchmarks.page import as_html, write
from likewise.ingest.errors import ParameterError


def test_tables_and_paragraphs_become_html():
    text = "One <line>\nof `code` and **bold**.\n| a | b < c |\n|---|---|\n| 1 | - |\n\nThe end.\n"
    assert "".join(as_html(text)) == (
        "<p>One &lt;line&gt; of <code>code</code> and <b>bold</b>.</p>"
        "<table><tr><th>a</th><th>b &lt; c</th></tr><tr><td>1</td><td>-</td></tr></table><p>The end.</p>"
    )


def test_the_command_joins_what_there_is_with_its_plots(tmp_path):
    results = tmp_path / "results"
    for name in ("scale", "bench", "older"):
        (results / name).mkdir(parents=True)
    (results / "scale" / "scale.md").write_text("| method |\n|---|\n| pca |\n")
    (results / "scale" / "scale.png").write_bytes(b"a plot")
    (results / "bench" / "search.md").write_text("The newest.\n")
    (results / "older" / "search.md").write_text("An older one.\n")
    os.utime(results / "older" / "search.md", (1, 1))
    (results / "bench" / "notes.md").write_text("No result.\n")
    result = CliRunner().invoke(cli, ["bench", "page", str(results), "--out", str(tmp_path / "new" / "page.html")])
    assert result.exit_code == 0, result.output
    assert "search, scale" in result.output
    page = (tmp_path / "new" / "page.html").read_text()
    assert page.index("<p>The newest.</p>") < page.index("<td>pca</td>") < page.index("data:image/png;base64,YSBwbG90")
    assert "older" not in page
    assert "No result" not in page


def test_a_folder_without_results_is_refused(tmp_path):
    with pytest.raises(ParameterError, match=r"no results.*search\.md"):
        write(tmp_path, tmp_path / "page.html")
    assert not (tmp_path / "page.html").exists()
