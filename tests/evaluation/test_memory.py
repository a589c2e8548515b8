import subprocess
import sys

from likewise.evaluation.memory import peak_mib

CHILD = "from likewise.evaluation.memory import peak_mib; print(peak_mib())"


def test_a_process_is_not_charged_with_what_its_parent_took():
    ballast = bytearray(b"x") * (400 * 2**20)
    del ballast
    child = subprocess.run([sys.executable, "-c", CHILD], capture_output=True, text=True, check=True)
    assert peak_mib() > 400
    assert 5 < float(child.stdout) < 200
