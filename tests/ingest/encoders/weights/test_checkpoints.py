"""Checkpoints from strangers: read as tensors or refused, and never fitted by half."""

import importlib.util
import json
import os
import pickle
from pathlib import Path

import pytest
import torch

from likewise.ingest.encoders.weights.checkpoints import file_sha256, fit_state, read_state
from likewise.ingest.errors import WeightsError


def network() -> torch.nn.Module:
    return torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.BatchNorm1d(2))


class TestRead:
    @pytest.mark.parametrize("wrap", [lambda state: state, lambda state: {"epoch": 3, "state_dict": state}])
    @pytest.mark.parametrize("prefix", ["", "module."])
    def test_plain_wrapped_and_from_data_parallel(self, tmp_path, wrap, prefix):
        state = network().state_dict()
        torch.save(wrap({prefix + name: tensor for name, tensor in state.items()}), tmp_path / "own.pth")
        read = read_state(tmp_path / "own.pth")
        assert list(read) == list(state)
        assert all(torch.equal(read[name], state[name]) for name in state)

    def test_code_in_a_checkpoint_does_not_run(self, tmp_path):
        class Code:
            def __reduce__(self):
                return os.mkdir, (str(tmp_path / "ran"),)

        (tmp_path / "plain.pth").write_bytes(pickle.dumps({"weight": Code()}))
        torch.save({"weight": Code()}, tmp_path / "zip.pth")
        for name in ("plain.pth", "zip.pth"):
            with pytest.raises(WeightsError, match="cannot be read as a checkpoint of tensors"):
                read_state(tmp_path / name)
        assert not (tmp_path / "ran").exists()

    @pytest.mark.parametrize("length", [0, 1, 100, -1])
    def test_a_truncated_one(self, tmp_path, length):
        torch.save(network().state_dict(), tmp_path / "own.pth")
        content = (tmp_path / "own.pth").read_bytes()
        (tmp_path / "own.pth").write_bytes(content[:length])
        with pytest.raises(WeightsError, match=r"own\.pth cannot be read"):
            read_state(tmp_path / "own.pth")

    @pytest.mark.parametrize("content", [[torch.zeros(2)], {}, {"weight": 3}, torch.zeros(2)])
    def test_no_state_dict(self, tmp_path, content):
        torch.save(content, tmp_path / "own.pth")
        with pytest.raises(WeightsError, match=r"Save it with torch\.save\(model\.state_dict\(\), FILE\)"):
            read_state(tmp_path / "own.pth")

    def test_not_a_number(self, tmp_path):
        torch.save({"weight": torch.tensor([1.0, torch.nan])}, tmp_path / "own.pth")
        with pytest.raises(WeightsError, match="NaN or infinity in weight"):
            read_state(tmp_path / "own.pth")

    @pytest.mark.parametrize("name", ["absent.pth", "folder"])
    def test_no_file(self, tmp_path, name):
        (tmp_path / "folder").mkdir()
        with pytest.raises(WeightsError, match=f"{name} is not a file"):
            read_state(tmp_path / name)
        with pytest.raises(WeightsError, match=f"{name} cannot be read"):
            file_sha256(tmp_path / name)

    def test_safetensors_where_that_library_is_installed(self, tmp_path):
        # The format: length of the header, header, data.
        header = json.dumps({"weight": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}).encode()
        data = torch.tensor([1.0, 2.0]).numpy().tobytes()
        path = tmp_path / "own.safetensors"
        path.write_bytes(len(header).to_bytes(8, "little") + header + data)
        if importlib.util.find_spec("safetensors"):
            assert read_state(path)["weight"].tolist() == [1.0, 2.0]
        else:
            with pytest.raises(WeightsError, match="pip install safetensors"):
                read_state(path)


class TestFit:
    path = Path("own.pth")

    def test_all_in_place(self):
        source, target = network(), network()
        fit_state(target, source.state_dict(), self.path, ())
        assert torch.equal(target[0].weight, source[0].weight)

    def test_the_classifier_may_be_another_one(self):
        state = {**network().state_dict(), "fc.weight": torch.zeros(7, 2), "aux.bias": torch.zeros(1)}
        fit_state(network(), state, self.path, ("fc.", "aux."))

    def test_counters_of_training_steps_may_be_absent(self):
        state = {name: tensor for name, tensor in network().state_dict().items() if "num_batches" not in name}
        fit_state(network(), state, self.path, ())

    def test_missing_unexpected_and_misshapen_are_named(self):
        state = network().state_dict()
        del state["0.weight"]
        state["0.bias"] = torch.zeros(9)
        state["2.weight"] = torch.zeros(1)
        with pytest.raises(WeightsError) as caught:
            fit_state(network(), state, self.path, ())
        text = str(caught.value)
        assert "own.pth does not fit Sequential" in text
        assert "1 missing: 0.weight;" in text
        assert "1 unexpected: 2.weight;" in text
        assert "1 of another shape: 0.bias [9] instead of [2]" in text

    def test_a_long_list_is_cut(self):
        big = torch.nn.Sequential(*(torch.nn.Linear(1, 1) for _ in range(3)))
        with pytest.raises(WeightsError, match=r"6 missing: 0\.weight, 0\.bias, .*, …\."):
            fit_state(big, {}, self.path, ())
