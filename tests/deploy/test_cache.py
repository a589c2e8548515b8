"""`likewise cache` as it is typed."""

import json
import os
import time

import numpy as np

from likewise.ingest.encoders import EncoderSpec
from likewise.ingest.features import FeatureCache


def test_the_commands_show_it_and_make_it_smaller(likewise, catalog, tmp_path, features_folder):
    likewise("ingest", catalog, "--store", tmp_path / "index", "--components", 8, "--clusters", 3)
    mine = json.loads(likewise("cache", "info", "--json").stdout)
    assert mine["folder"] == str(features_folder)
    (file,) = mine["files"]
    assert (file["encoder"], file["precision"]) == ("fake", "fp32")
    pictures = file["pictures"]
    other = FeatureCache(features_folder, EncoderSpec("any", "fp32", "print", (3,)))
    other.append([f"{number:064x}" for number in range(5)], np.zeros((5, 3)))
    old = time.time() - 100 * 86400
    os.utime(features_folder / "print.vectors", (old, old))
    assert "any fp32" in likewise("cache", "info").stdout

    def pruned(*options):
        return json.loads(likewise("cache", "prune", *options, "--json").stdout)

    assert pruned("--older-than", 90, "--dry-run")["pictures"] == 5
    gone = pruned("--older-than", 90)
    assert (gone["pictures"], gone["bytes"]) == (5, 128 + 5 * 48)
    assert pruned("--keep-for", tmp_path / "index")["pictures"] == 0
    assert "Say what may go" in str(likewise("cache", "prune").exception)
    assert "There are those of: fake fp32" in str(likewise("cache", "prune", "--encoder", "vgg").exception)
    assert pruned("--encoder", "fake")["pictures"] == pictures
    assert json.loads(likewise("cache", "info", "--json").stdout)["files"] == []
